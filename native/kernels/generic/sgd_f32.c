#include "../tinyml_kernels.h"

void tinyml_sgd_f32(const tinyml_sgd_f32_params *params, const float *gradient, const float *control,
                    const float *decay, float *weights, void *scratch) {
  const float rate = control[0];
  (void)scratch;
  for (int32_t i = 0; i < params->size; i++) {
    const float slope = gradient[i] + *decay * weights[i];
    weights[i] -= rate * slope;
  }
}
