#include "../tinyml_kernels.h"
#include "tinyml_fma.h"

static inline float combine(int32_t operation, float a, float b) {
  switch (operation) {
    case 0:
      return a + b;
    case 1:
      return a - b;
    case 2:
      return a * b;
    case 3:
      return a / b;
    case 4:
      return a > b || a != a ? a : b;
    case 5:
      return a < b || a != a ? a : b;
    default:
      return a < 0.0f ? a * b : a;
  }
}

void tinyml_binary_f32(const tinyml_binary_f32_params *params, const float *input1, const float *input2,
                       const float *bounds, float *output, void *scratch) {
  const tinyml_binary_f32_params p = *params;
  (void)scratch;
  for (int32_t a = 0; a < p.size0; a++) {
    for (int32_t b = 0; b < p.size1; b++) {
      for (int32_t c = 0; c < p.size2; c++) {
        int32_t at1 = p.input1_offset + a * p.input1_stride0 + b * p.input1_stride1 + c * p.input1_stride2;
        int32_t at2 = p.input2_offset + a * p.input2_stride0 + b * p.input2_stride1 + c * p.input2_stride2;
        for (int32_t d = 0; d < p.size3; d++, at1 += p.input1_stride3, at2 += p.input2_stride3) {
          *output++ = tinyml_bounded(combine(p.operation, input1[at1], input2[at2]), bounds);
        }
      }
    }
  }
}
