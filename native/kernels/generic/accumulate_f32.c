#include "../tinyml_kernels.h"

void tinyml_accumulate_f32(const tinyml_accumulate_f32_params *params, const float *gradient, const float *control,
                           const float *share, float *sum, void *scratch) {
  const float own = *share;
  (void)scratch;
  if (control[3] == 0.0f) {
    for (int32_t i = 0; i < params->size; i++) sum[i] = own * gradient[i];
    return;
  }
  for (int32_t i = 0; i < params->size; i++) {
    const float part = own * gradient[i];
    sum[i] += part;
  }
}
