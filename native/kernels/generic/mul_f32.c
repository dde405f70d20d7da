#include "../tinyml_kernels.h"
#include "tinyml_fma.h"

void tinyml_mul_f32(const tinyml_mul_f32_params *params, const float *input1, const float *input2,
                    const float *bounds, float *output, void *scratch) {
  const tinyml_mul_f32_params p = *params;
  (void)scratch;
  for (int32_t position = 0, used = 0; position < p.outer; position++) {
    for (int32_t c = 0; c < p.channels; c++) *output++ = tinyml_bounded(*input1++ * input2[c], bounds);
    if (++used == p.repeat) {
      input2 += p.channels;
      used = 0;
    }
  }
}
