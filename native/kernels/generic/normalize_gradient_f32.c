#include "../tinyml_kernels.h"

#include <math.h>

void tinyml_normalize_gradient_f32(const tinyml_normalize_gradient_f32_params *params, const float *input,
                                   const float *gamma, const float *epsilon, float *gradient, float *gamma_gradient,
                                   float *beta_gradient, void *scratch) {
  const tinyml_normalize_gradient_f32_params p = *params;
  const int32_t width = p.groups * p.channels;
  const double count = (double)p.positions * (double)p.channels;
  double *sums = scratch, *products = sums + width;
  for (int32_t c = 0; c < width; c++) sums[c] = products[c] = 0.0;
  for (int32_t image = 0; image < p.batch; image++) {
    for (int32_t group = 0; group < p.groups; group++) {
      const int32_t first = image * p.positions * width + group * p.channels, c0 = group * p.channels;
      double total = 0.0, squares = 0.0, values = 0.0, slopes = 0.0;
      for (int32_t position = 0; p.centred && position < p.positions; position++) {
        const float *x = input + first + position * width;
        for (int32_t c = 0; c < p.channels; c++) total += (double)x[c];
      }
      const float mean = (float)(total / count);
      for (int32_t position = 0; position < p.positions; position++) {
        const float *x = input + first + position * width;
        for (int32_t c = 0; c < p.channels; c++) {
          const double distance = (double)x[c] - (double)mean;
          squares += distance * distance;
        }
      }
      const float inverse = (float)(1.0 / sqrt(squares / count + (double)*epsilon));
      for (int32_t position = 0; position < p.positions; position++) {
        const float *x = input + first + position * width, *g = gradient + first + position * width;
        for (int32_t c = 0; c < p.channels; c++) {
          const float normalised = (x[c] - mean) * inverse, value = g[c] * gamma[c0 + c];
          sums[c0 + c] += (double)g[c];
          products[c0 + c] += (double)g[c] * (double)normalised;
          values += (double)value;
          slopes += (double)value * (double)normalised;
        }
      }
      const float shift = p.centred ? (float)(values / count) : 0.0f, slope = (float)(slopes / count);
      for (int32_t position = 0; position < p.positions; position++) {
        const float *x = input + first + position * width;
        float *g = gradient + first + position * width;
        for (int32_t c = 0; c < p.channels; c++) {
          const float normalised = (x[c] - mean) * inverse;
          g[c] = inverse * (g[c] * gamma[c0 + c] - (shift + normalised * slope));
        }
      }
    }
  }
  for (int32_t c = 0; c < width; c++) {
    gamma_gradient[c] = (float)products[c];
    beta_gradient[c] = (float)sums[c];
  }
}
