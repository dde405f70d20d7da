#include "../tinyml_kernels.h"

enum { LESS, LESS_OR_EQUAL, EQUAL, NOT_EQUAL };

static inline int8_t is_true(int32_t operation, float a, float b) {
  switch (operation) {
    case LESS:
      return a < b;
    case LESS_OR_EQUAL:
      return a <= b;
    case EQUAL:
      return a == b;
    default:
      return a != b;
  }
}

void tinyml_compare_f32(const tinyml_compare_f32_params *params, const float *input1, const float *input2,
                        int8_t *output, void *scratch) {
  const tinyml_compare_f32_params p = *params;
  (void)scratch;
  for (int32_t i = 0; i < p.size0; i++) {
    for (int32_t j = 0; j < p.size1; j++) {
      for (int32_t k = 0; k < p.size2; k++) {
        int32_t at1 = p.input1_offset + i * p.input1_stride0 + j * p.input1_stride1 + k * p.input1_stride2;
        int32_t at2 = p.input2_offset + i * p.input2_stride0 + j * p.input2_stride1 + k * p.input2_stride2;
        for (int32_t d = 0; d < p.size3; d++, at1 += p.input1_stride3, at2 += p.input2_stride3) {
          *output++ = is_true(p.operation, input1[at1], input2[at2]);
        }
      }
    }
  }
}
