#include <math.h>

#include "../tinyml_kernels.h"

static double square_norm(const float *a, int32_t size) {
  double sum = 0.0;
  for (int32_t i = 0; i < size; i++) sum += (double)a[i] * (double)a[i];
  return sum;
}

static double square_distance(const float *a, const float *b, int32_t size) {
  double sum = 0.0;
  for (int32_t i = 0; i < size; i++) {
    const double difference = (double)a[i] - (double)b[i];
    sum += difference * difference;
  }
  return sum;
}

static double inverse(double value) {
  return value > 0.0 ? 1.0 / value : 0.0;
}

void tinyml_patch_contrast_f32(const tinyml_patch_contrast_f32_params *params, const float *anchor,
                               const float *positive, const float *negative, const float *mask, const float *anneal,
                               const float *settings, float *positive_gradient, float *negative_gradient,
                               float *mask_gradient, float *result, void *scratch) {
  const tinyml_patch_contrast_f32_params p = *params;
  const double contrast = (double)settings[0], margin = (double)settings[1], budget = (double)settings[2];
  const double distillation = (double)settings[3], batch = (double)p.batch;
  double loss = 0.0;
  (void)scratch;
  for (int32_t n = 0; n < p.batch; n++) {
    const int32_t first = n * p.features;
    const double square = square_norm(anchor + first, p.features);
    const double norm = square > 0.0 ? sqrt(square) : 1.0;
    const double near = square_distance(anchor + first, positive + first, p.features);
    const double to_positive = sqrt(near);
    const double to_negative = sqrt(square_distance(anchor + first, negative + first, p.features));
    const double above = (to_positive - to_negative) / norm + margin;
    const double active = above > 0.0 ? contrast : 0.0;
    loss += active * above + distillation * (near / (norm * norm));
    const double scale = active / norm / batch;
    const double pull = scale * inverse(to_positive) + 2.0 * distillation / (norm * norm) / batch;
    const double push = scale * inverse(to_negative);
    for (int32_t i = first; i < first + p.features; i++) {
      positive_gradient[i] = (float)(((double)positive[i] - (double)anchor[i]) * pull);
      negative_gradient[i] = (float)(((double)anchor[i] - (double)negative[i]) * push);
    }
  }
  const int32_t patches = p.batch * p.patches;
  const double count = (double)patches;
  double kept = 0.0;
  for (int32_t i = 0; i < patches; i++) kept += (double)mask[i];
  const double skipped = 1.0 - kept / count, off = skipped - budget, weight = (double)anneal[1];
  const double below = off < 0.0 ? -off : 0.0;
  const double cost = p.hinge == 0 ? off * off : below;
  const double slope = p.hinge == 0 ? 2.0 * off : off < 0.0 ? -1.0 : 0.0;
  const float mask_slope = (float)(-weight * slope / count);
  for (int32_t i = 0; i < patches; i++) mask_gradient[i] = mask_slope;
  result[0] = (float)(loss / batch + weight * cost);
  result[1] = (float)(batch * skipped);
}
