#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

void tinyml_batch_norm_gradient_s8(const tinyml_batch_norm_gradient_s8_params *params, const int8_t *input,
                                   const float *quantizer, const float *statistics, const float *gamma, float *gradient,
                                   float *gamma_gradient, float *beta_gradient, void *scratch) {
  const int32_t rows = params->rows, channels = params->channels;
  const float *mean = statistics, *inverse = statistics + channels;
  const float scale = quantizer[TINYML_SCALE];
  const int32_t zero_point = tinyml_zero_point(quantizer);
  double *sums = scratch, *products = sums + channels;
  for (int32_t c = 0; c < channels; c++) sums[c] = products[c] = 0.0;
  const int8_t *x = input;
  const float *g = gradient;
  for (int32_t row = 0; row < rows; row++) {
    for (int32_t c = 0; c < channels; c++, x++, g++) {
      const float normalised = (tinyml_real_of(*x, zero_point, scale) - mean[c]) * inverse[c];
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
      const float normalised = (tinyml_real_of(*x, zero_point, scale) - mean[c]) * inverse[c];
      *gradient = (gamma[c] * inverse[c]) * (*gradient - (shift + normalised * slope));
    }
  }
}
