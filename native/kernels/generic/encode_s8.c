#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

void tinyml_encode_s8(const tinyml_encode_s8_params *params, const float *input, const float *quantizer,
                      const int32_t *key, const float *bounds, int8_t *output, void *scratch) {
  const tinyml_encode_s8_params p = *params;
  const float zero_point = (float)tinyml_zero_point(quantizer);
  const uint32_t own = tinyml_random_bits((uint32_t)*key, (uint32_t)p.stream);
  (void)scratch;
  for (int32_t i = 0; i < p.size; i++) {
    const float value = tinyml_between(input[i], bounds[0], bounds[1]);
    const float scaled = tinyml_between(value * quantizer[TINYML_INVERSE] + zero_point, (float)p.low, (float)p.high);
    output[i] = (int8_t)(p.stochastic == 1 ? tinyml_round_stochastic(scaled, own, (uint32_t)i)
                                           : (int32_t)tinyml_round_nearest(scaled));
  }
}
