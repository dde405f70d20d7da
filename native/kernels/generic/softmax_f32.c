#include "../tinyml_kernels.h"
#include "tinyml_elementary.h"

static void softmax(const float *x, float *y, int32_t size, int32_t stride, int32_t log) {
  float most = x[0], sum = 0.0f;
  for (int32_t i = 1; i < size; i++) most = x[i * stride] > most ? x[i * stride] : most;
  if (log) {
    for (int32_t i = 0; i < size; i++) sum += tinyml_exp_f32(x[i * stride] - most);
    const float shift = tinyml_log_f32(sum);
    for (int32_t i = 0; i < size; i++) y[i * stride] = (x[i * stride] - most) - shift;
    return;
  }
  for (int32_t i = 0; i < size; i++) {
    const float power = tinyml_exp_f32(x[i * stride] - most);
    y[i * stride] = power;
    sum += power;
  }
  for (int32_t i = 0; i < size; i++) y[i * stride] /= sum;
}

void tinyml_softmax_f32(const tinyml_softmax_f32_params *params, const float *input, float *output, void *scratch) {
  const tinyml_softmax_f32_params p = *params;
  (void)scratch;
  for (int32_t o = 0; o < p.outer; o++) {
    for (int32_t k = 0; k < p.inner; k++) {
      const int32_t first = o * p.size * p.inner + k;
      softmax(input + first, output + first, p.size, p.inner, p.log);
    }
  }
}
