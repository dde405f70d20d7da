#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

static float moved(float running, float batch, float momentum) {
  return running + momentum * (batch - running);
}

void tinyml_batch_norm_f32(const tinyml_batch_norm_f32_params *params, const float *input, const float *gamma,
                           const float *beta, const float *settings, float *output, float *running_mean,
                           float *running_variance, float *statistics, float *extent, void *scratch) {
  const int32_t rows = params->rows, channels = params->channels;
  const float epsilon = settings[0], momentum = settings[1];
  float *mean = statistics, *inverse = statistics + channels;
  double *sums = scratch, *squares = sums + channels;
  tinyml_extent seen = tinyml_empty_extent();
  for (int32_t c = 0; c < channels; c++) sums[c] = squares[c] = 0.0;
  const float *x = input;
  for (int32_t row = 0; row < rows; row++) {
    for (int32_t c = 0; c < channels; c++) sums[c] += (double)*x++;
  }
  for (int32_t c = 0; c < channels; c++) mean[c] = (float)(sums[c] / (double)rows);
  x = input;
  for (int32_t row = 0; row < rows; row++) {
    for (int32_t c = 0; c < channels; c++) {
      const double distance = (double)*x++ - (double)mean[c];
      squares[c] += distance * distance;
    }
  }
  for (int32_t c = 0; c < channels; c++) {
    inverse[c] = (float)(1.0 / sqrt(squares[c] / (double)rows + (double)epsilon));
    running_mean[c] = moved(running_mean[c], mean[c], momentum);
    running_variance[c] = moved(running_variance[c], (float)(squares[c] / (double)(rows > 1 ? rows - 1 : 1)), momentum);
  }
  for (int32_t row = 0; row < rows; row++) {
    for (int32_t c = 0; c < channels; c++) {
      const float factor = gamma[c] * inverse[c];
      const float value = (*input++ - mean[c]) * factor + beta[c];
      *output++ = value;
      seen = tinyml_extend(seen, value);
    }
  }
  tinyml_store_extent(seen, extent);
}
