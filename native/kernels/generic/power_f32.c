#include "../tinyml_kernels.h"
#include "tinyml_double_math.h"

void tinyml_power_f32(const tinyml_power_f32_params *params, const float *input1, const float *input2, float *output,
                      void *scratch) {
  const tinyml_power_f32_params p = *params;
  (void)scratch;
  for (int32_t a = 0; a < p.size0; a++) {
    for (int32_t b = 0; b < p.size1; b++) {
      for (int32_t c = 0; c < p.size2; c++) {
        int32_t at1 = p.input1_offset + a * p.input1_stride0 + b * p.input1_stride1 + c * p.input1_stride2;
        int32_t at2 = p.input2_offset + a * p.input2_stride0 + b * p.input2_stride1 + c * p.input2_stride2;
        for (int32_t d = 0; d < p.size3; d++, at1 += p.input1_stride3, at2 += p.input2_stride3) {
          *output++ = (float)tinyml_pow((double)input1[at1], (double)input2[at2]);
        }
      }
    }
  }
}
