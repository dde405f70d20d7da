#include "../tinyml_kernels.h"
#include "tinyml_encode_run.h"

void tinyml_encode_s8(const tinyml_encode_s8_params *params, const float *input, const float *quantizer,
                      const int32_t *key, const float *bounds, int8_t *output, void *scratch) {
  const tinyml_encode_s8_params p = *params;
  const tinyml_encoding by = {
      .inverse = quantizer[TINYML_INVERSE],
      .zero_point = (float)tinyml_zero_point(quantizer),
      .bounds = {bounds[0], bounds[1]},
      .low = (float)p.low,
      .high = (float)p.high,
      .key = tinyml_random_bits((uint32_t)*key, (uint32_t)p.stream),
  };
  (void)scratch;
  if (p.stochastic == 1) {
    for (int32_t i = tinyml_encode_random(&by, input, p.size, output); i < p.size; i++) {
      output[i] = (int8_t)tinyml_random_code(&by, input[i], i);
    }
    return;
  }
  for (int32_t i = tinyml_encode_nearest(&by, input, p.size, output); i < p.size; i++) {
    output[i] = (int8_t)tinyml_nearest_code(&by, input[i]);
  }
}
