#include "../tinyml_kernels.h"
#include "tinyml_softmax.h"

void tinyml_masked_softmax_s8(const tinyml_masked_softmax_s8_params *params, const int8_t *input, const int8_t *mask,
                              int8_t *output, void *scratch) {
  const tinyml_masked_softmax_s8_params p = *params;
  const tinyml_softmax row = {p.row_size, p.multiplier, p.shift, p.diff_min, p.mask_least};
  (void)scratch;
  for (int32_t i = 0; i < p.outer0; i++) {
    for (int32_t j = 0; j < p.outer1; j++) {
      for (int32_t k = 0; k < p.outer2; k++, input += p.row_size, output += p.row_size) {
        tinyml_softmax_row(&row, input, mask + p.mask_start + i * p.mask_stride0 + j * p.mask_stride1 + k * p.mask_stride2,
                           output);
      }
    }
  }
}
