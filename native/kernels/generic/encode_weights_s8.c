#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

void tinyml_encode_weights_s8(const tinyml_encode_weights_s8_params *params, const float *input, int8_t *output,
                              float *scale, void *scratch) {
  const tinyml_encode_weights_s8_params p = *params;
  const float limit = (float)p.limit;
  (void)scratch;
  for (int32_t row = 0; row < p.rows; row++, input += p.columns, output += p.columns) {
    float quantizer[4], most = 0.0f;
    for (int32_t i = 0; i < p.columns; i++) {
      const float magnitude = fabsf(input[i]);
      if (magnitude > most) most = magnitude;
    }
    tinyml_set_quantizer(quantizer, most / limit, 0.0f);
    scale[row] = quantizer[TINYML_SCALE];
    for (int32_t i = 0; i < p.columns; i++) {
      const float scaled = tinyml_between(input[i] * quantizer[TINYML_INVERSE], -limit, limit);
      output[i] = (int8_t)tinyml_round_nearest(scaled);
    }
  }
}
