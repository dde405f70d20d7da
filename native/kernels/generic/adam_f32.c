#include <math.h>

#include "../tinyml_kernels.h"

void tinyml_adam_f32(const tinyml_adam_f32_params *params, const float *gradient, const float *control,
                     const float *settings, float *weights, float *mean, float *square, void *scratch) {
  const float rate = control[0], correction1 = control[1], correction2 = control[2];
  const float beta1 = settings[0], beta2 = settings[1], epsilon = settings[2], decay = settings[3];
  const float rest1 = 1.0f - beta1, rest2 = 1.0f - beta2;
  (void)scratch;
  for (int32_t i = 0; i < params->size; i++) {
    const float slope = gradient[i] + decay * weights[i];
    mean[i] = beta1 * mean[i] + rest1 * slope;
    square[i] = beta2 * square[i] + rest2 * (slope * slope);
    const float root = sqrtf(square[i] * correction2);
    weights[i] -= rate * ((mean[i] * correction1) / (root + epsilon));
  }
}
