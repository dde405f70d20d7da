#include "../tinyml_kernels.h"

void tinyml_dequantize_s16(const tinyml_dequantize_s16_params *params, const int16_t *input, const float *scale,
                           float *output, void *scratch) {
  const int32_t size = params->size;
  const float step = *scale;
  (void)scratch;
  for (int32_t i = 0; i < size; i++) output[i] = (float)input[i] * step;
}
