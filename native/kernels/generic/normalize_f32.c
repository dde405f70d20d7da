#include "../tinyml_kernels.h"
#include "tinyml_fma.h"

#include <math.h>

void tinyml_normalize_f32(const tinyml_normalize_f32_params *params, const float *input, const float *gamma,
                          const float *beta, const float *epsilon, float *output, void *scratch) {
  const tinyml_normalize_f32_params p = *params;
  const float count = (float)p.positions * (float)p.channels;
  const int32_t stride = p.groups * p.channels;
  (void)scratch;
  for (int32_t image = 0; image < p.batch; image++) {
    for (int32_t group = 0; group < p.groups; group++) {
      const int32_t first = image * p.positions * stride + group * p.channels;
      float sum = 0.0f, squares = 0.0f;
      for (int32_t position = 0; p.centred && position < p.positions; position++) {
        const float *x = input + first + position * stride;
        for (int32_t c = 0; c < p.channels; c++) sum += x[c];
      }
      const float mean = sum / count;
      for (int32_t position = 0; position < p.positions; position++) {
        const float *x = input + first + position * stride;
        for (int32_t c = 0; c < p.channels; c++) squares = tinyml_fma(x[c] - mean, x[c] - mean, squares);
      }
      const float factor = 1.0f / sqrtf(squares / count + *epsilon);
      const float *g = gamma + group * p.channels, *b = beta + group * p.channels;
      for (int32_t position = 0; position < p.positions; position++) {
        const float *x = input + first + position * stride;
        float *y = output + first + position * stride;
        for (int32_t c = 0; c < p.channels; c++) y[c] = tinyml_fma((x[c] - mean) * factor, g[c], b[c]);
      }
    }
  }
}
