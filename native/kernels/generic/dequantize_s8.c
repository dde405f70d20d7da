#include "../tinyml_kernels.h"

void tinyml_dequantize_s8(const tinyml_dequantize_s8_params *params, const int8_t *input, const float *scale,
                          float *output, void *scratch) {
  const int32_t size = params->size, zero_point = params->zero_point;
  const float step = *scale;
  (void)scratch;
  for (int32_t i = 0; i < size; i++) output[i] = (float)(input[i] - zero_point) * step;
}
