#include "../tinyml_kernels.h"
#include "tinyml_softmax_s16.h"

void tinyml_masked_softmax_s16(const tinyml_masked_softmax_s16_params *params, const int16_t *input,
                               const int16_t *mask, const int32_t *table, int16_t *output, void *scratch) {
  const tinyml_masked_softmax_s16_params p = *params;
  const tinyml_softmax_s16_rows rows = {p.row_size, p.multiplier, p.shift, p.mask_least, table};
  (void)scratch;
  for (int32_t i = 0; i < p.outer0; i++) {
    for (int32_t j = 0; j < p.outer1; j++) {
      for (int32_t k = 0; k < p.outer2; k++, input += p.row_size, output += p.row_size) {
        tinyml_softmax_s16_row(&rows, input,
                               mask + p.mask_start + i * p.mask_stride0 + j * p.mask_stride1 + k * p.mask_stride2,
                               output);
      }
    }
  }
}
