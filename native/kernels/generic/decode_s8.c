#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

void tinyml_decode_s8(const tinyml_decode_s8_params *params, const int8_t *input, const float *quantizer,
                      float *output, void *scratch) {
  const int32_t zero_point = tinyml_zero_point(quantizer);
  const float scale = quantizer[TINYML_SCALE];
  (void)scratch;
  for (int32_t i = 0; i < params->size; i++) output[i] = tinyml_real_of(input[i], zero_point, scale);
}
