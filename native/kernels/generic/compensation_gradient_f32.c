#include "../tinyml_kernels.h"

void tinyml_compensation_gradient_f32(const tinyml_compensation_gradient_f32_params *params, const float *gradient,
                                      const float *alpha, const float *mu, const float *offset, const float *decay,
                                      float *alpha_gradient, float *mu_gradient, float *offset_gradient,
                                      void *scratch) {
  const float rate = *decay;
  (void)scratch;
  for (int32_t i = 0; i < params->size; i++) {
    alpha_gradient[i] = gradient[i] * mu[i];
    mu_gradient[i] = alpha[i] * gradient[i] + rate * mu[i];
    offset_gradient[i] = gradient[i] + rate * offset[i];
  }
}
