#include "../tinyml_kernels.h"

void tinyml_squared_error_f32(const tinyml_squared_error_f32_params *params, const float *input, const float *target,
                              float *gradient, float *result, void *scratch) {
  const int32_t size = params->size;
  const float factor = (float)(2.0 / (double)size);
  double sum = 0.0;
  (void)scratch;
  for (int32_t i = 0; i < size; i++) {
    const float difference = input[i] - target[i];
    sum += (double)difference * (double)difference;
    gradient[i] = factor * difference;
  }
  result[0] = (float)(sum / (double)size);
  result[1] = 0.0f;
}
