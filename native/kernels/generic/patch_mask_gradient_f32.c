#include "../tinyml_kernels.h"

void tinyml_patch_mask_gradient_f32(const tinyml_patch_mask_gradient_f32_params *params, const float *gradient,
                                    const float *share, const float *spread, float *scores, void *scratch) {
  const int32_t size = params->size;
  const double range = (double)*spread;
  int32_t least = -1, most = -1;
  double sum = 0.0, weighted = 0.0;
  (void)scratch;
  if (params->rule == 0) {
    for (int32_t i = 0; i < size; i++) {
      const double slope = (double)share[i] * (1.0 - (double)share[i]);
      scores[i] = (float)((double)gradient[i] * slope / range);
    }
    return;
  }
  for (int32_t i = 0; i < size; i++) {
    if (least < 0 && share[i] == 0.0f) least = i;
    if (most < 0 && share[i] == 1.0f) most = i;
    sum += (double)gradient[i];
    weighted += (double)gradient[i] * (double)share[i];
    scores[i] = range > 0.0 ? (float)((double)gradient[i] / range) : 0.0f;
  }
  if (!(range > 0.0)) return;
  if (least >= 0) scores[least] = (float)((double)scores[least] - (sum - weighted) / range);
  if (most >= 0) scores[most] = (float)((double)scores[most] - weighted / range);
}
