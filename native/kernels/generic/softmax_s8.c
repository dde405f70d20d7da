#include "../tinyml_kernels.h"
#include "tinyml_facts.h"
#include "tinyml_softmax.h"

void tinyml_softmax_s8(const tinyml_softmax_s8_params *params, const int8_t *input, int8_t *output, void *scratch) {
  TINYML_FACTS(softmax_s8, params);
  const tinyml_softmax p = {params->row_size, params->multiplier, params->shift, params->diff_min, 0};
  const int32_t rows = params->rows;
  (void)scratch;
  for (int32_t row = 0; row < rows; row++, input += p.row_size, output += p.row_size) {
    tinyml_softmax_row(&p, input, NULL, output);
  }
}
