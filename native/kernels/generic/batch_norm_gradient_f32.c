#include "../tinyml_kernels.h"

void tinyml_batch_norm_gradient_f32(const tinyml_batch_norm_gradient_f32_params *params, const float *input,
                                   const float *statistics, const float *gamma, float *gradient,
                                   float *gamma_gradient, float *beta_gradient, void *scratch) {
  const int32_t rows = params->rows, channels = params->channels;
  const float *mean = statistics, *inverse = statistics + channels;
  double *sums = scratch, *products = sums + channels;
  for (int32_t c = 0; c < channels; c++) sums[c] = products[c] = 0.0;
  const float *x = input;
  const float *g = gradient;
  for (int32_t row = 0; row < rows; row++) {
    for (int32_t c = 0; c < channels; c++, x++, g++) {
      const float normalised = (*x - mean[c]) * inverse[c];
      sums[c] += (double)*g;
      products[c] += (double)*g * (double)normalised;
    }
  }
  for (int32_t c = 0; c < channels; c++) {
    beta_gradient[c] = (float)sums[c];
    gamma_gradient[c] = (float)products[c];
  }
  x = input;
  for (int32_t row = 0; row < rows; row++) {
    for (int32_t c = 0; c < channels; c++, x++, gradient++) {
      const float shift = (float)(sums[c] / (double)rows), slope = (float)(products[c] / (double)rows);
      const float normalised = (*x - mean[c]) * inverse[c];
      *gradient = (gamma[c] * inverse[c]) * (*gradient - (shift + normalised * slope));
    }
  }
}
