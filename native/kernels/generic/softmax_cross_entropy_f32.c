#include "../tinyml_kernels.h"
#include "tinyml_math.h"

static int is_label(int32_t label, int32_t classes) {
  return label >= 0 && label < classes;
}

/* The first of the largest numbers. */
static int32_t argmax(const float *x, int32_t count) {
  int32_t best = 0;
  for (int32_t i = 1; i < count; i++) {
    if (x[i] > x[best]) best = i;
  }
  return best;
}

void tinyml_softmax_cross_entropy_f32(const tinyml_softmax_cross_entropy_f32_params *params, const float *input,
                                      const int32_t *labels, const float *smoothing, float *gradient, float *result,
                                      void *scratch) {
  const int32_t rows = params->rows, classes = params->classes;
  const double others = (double)*smoothing / (double)classes, own = 1.0 - (double)*smoothing;
  double loss = 0.0;
  int32_t count = 0, correct = 0;
  (void)scratch;
  for (int32_t row = 0; row < rows; row++) count += is_label(labels[row], classes);
  const double share = 1.0 / (double)(count > 0 ? count : 1);
  for (int32_t row = 0; row < rows; row++, input += classes, gradient += classes) {
    const int32_t label = labels[row];
    if (!is_label(label, classes)) {
      for (int32_t c = 0; c < classes; c++) gradient[c] = 0.0f;
      continue;
    }
    const int32_t best = argmax(input, classes);
    const double most = (double)input[best];
    double sum = 0.0, rest = 0.0;
    for (int32_t c = 0; c < classes; c++) {
      const double below = (double)input[c] - most;
      sum += tinyml_exp(below);
      rest += others * below;
    }
    for (int32_t c = 0; c < classes; c++) {
      const double target = (c == label ? own : 0.0) + others;
      gradient[c] = (float)((tinyml_exp((double)input[c] - most) / sum - target) * share);
    }
    loss += tinyml_log(sum) - (own * ((double)input[label] - most) + rest);
    correct += best == label;
  }
  result[0] = (float)(loss * share);
  result[1] = (float)correct;
}
