#include "../tinyml_kernels.h"

void tinyml_sum_rows_f32(const tinyml_sum_rows_f32_params *params, const float *input, float *output, void *scratch) {
  const int32_t size = params->size;
  double *sums = scratch;
  for (int32_t i = 0; i < size; i++) sums[i] = 0.0;
  for (int32_t row = 0; row < params->rows; row++) {
    for (int32_t i = 0; i < size; i++) sums[i] += (double)*input++;
  }
  for (int32_t i = 0; i < size; i++) output[i] = (float)sums[i];
}
