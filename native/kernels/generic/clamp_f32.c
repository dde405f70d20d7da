#include "../tinyml_kernels.h"
#include "tinyml_fma.h"

void tinyml_clamp_f32(const tinyml_clamp_f32_params *params, const float *input, const float *bounds,
                      float *output, void *scratch) {
  const int32_t size = params->size;
  (void)scratch;
  for (int32_t i = 0; i < size; i++) output[i] = tinyml_bounded(input[i], bounds);
}
