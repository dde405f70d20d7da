#include "../tinyml_kernels.h"

void tinyml_momentum_f32(const tinyml_momentum_f32_params *params, const float *gradient, const float *control,
                    const float *settings, float *weights, float *velocity, void *scratch) {
  const float rate = control[0], momentum = settings[0], decay = settings[1];
  (void)scratch;
  for (int32_t i = 0; i < params->size; i++) {
    const float slope = gradient[i] + decay * weights[i];
    velocity[i] = momentum * velocity[i] + slope;
    weights[i] -= rate * velocity[i];
  }
}
