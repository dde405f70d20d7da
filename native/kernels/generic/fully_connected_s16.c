#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

void tinyml_fully_connected_s16(const tinyml_fully_connected_s16_params *params, const int16_t *input,
                                const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                                const int32_t *shift, int16_t *output, void *scratch) {
  const tinyml_fully_connected_s16_params p = *params;
  (void)scratch;
  for (int32_t row = 0; row < p.rows; row++, input += p.in_features) {
    for (int32_t o = 0; o < p.out_features; o++) {
      const int64_t sum = bias[o] + tinyml_dot_s16(input, weights + o * p.in_features, p.in_features);
      *output++ = tinyml_requantize_wide(sum, multiplier[o], shift[o], p.act_min, p.act_max);
    }
  }
}
