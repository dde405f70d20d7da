#include "../tinyml_kernels.h"
#include "tinyml_softmax_s16.h"

void tinyml_softmax_s16(const tinyml_softmax_s16_params *params, const int16_t *input, const int32_t *table,
                        int16_t *output, void *scratch) {
  const tinyml_softmax_s16_rows p = {params->row_size, params->multiplier, params->shift, 0, table};
  (void)scratch;
  for (int32_t row = 0; row < params->rows; row++, input += p.row_size, output += p.row_size) {
    tinyml_softmax_s16_row(&p, input, NULL, output);
  }
}
