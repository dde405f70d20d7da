#include "../tinyml_kernels.h"

void tinyml_select_s8(const tinyml_select_s8_params *params, const int8_t *condition, const int8_t *input1,
                      const int8_t *input2, int8_t *output, void *scratch) {
  const tinyml_select_s8_params p = *params;
  (void)scratch;
  for (int32_t i = 0; i < p.size0; i++) {
    for (int32_t j = 0; j < p.size1; j++) {
      for (int32_t k = 0; k < p.size2; k++) {
        const int8_t *c = condition + (p.condition_offset + i * p.condition_stride0 + j * p.condition_stride1 +
                                       k * p.condition_stride2);
        const int8_t *x1 = input1 + (p.input1_offset + i * p.input1_stride0 + j * p.input1_stride1 + k * p.input1_stride2);
        const int8_t *x2 = input2 + (p.input2_offset + i * p.input2_stride0 + j * p.input2_stride1 + k * p.input2_stride2);
        for (int32_t d = 0; d < p.size3; d++) {
          *output++ = *c != 0 ? *x1 : *x2;
          c += p.condition_stride3;
          x1 += p.input1_stride3;
          x2 += p.input2_stride3;
        }
      }
    }
  }
}
