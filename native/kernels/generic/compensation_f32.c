#include "../tinyml_kernels.h"

void tinyml_compensation_f32(const tinyml_compensation_f32_params *params, const float *bias, const float *alpha,
                             const float *mu, const float *offset, float *output, void *scratch) {
  const int32_t size = params->size, bias_size = params->bias_size;
  (void)scratch;
  for (int32_t i = 0; i < size; i++) output[i] = bias[i % bias_size] + (alpha[i] * mu[i] + offset[i]);
}
