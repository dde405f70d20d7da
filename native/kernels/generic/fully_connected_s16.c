#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"
#include "tinyml_wide_sums.h"

void tinyml_fully_connected_s16(const tinyml_fully_connected_s16_params *params, const int16_t *input,
                                const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                                const int32_t *shift, int16_t *output, void *scratch) {
  const tinyml_fully_connected_s16_params p = *params;
  (void)scratch;
  for (int32_t row = 0; row < p.rows; row++, input += p.in_features) {
    for (int32_t o = 0; o < p.out_features;) {
      const int32_t left = p.out_features - o, rows = left < TINYML_WIDE_ROWS ? left : TINYML_WIDE_ROWS;
      int64_t sums[TINYML_WIDE_ROWS];
      for (int32_t i = 0; i < rows; i++) sums[i] = bias[o + i];
      tinyml_wide_sums(input, p.in_features, weights + o * p.in_features, p.in_features, rows, sums);
      for (int32_t i = 0; i < rows; i++, o++) {
        *output++ = tinyml_requantize_wide(sums[i], multiplier[o], shift[o], p.act_min, p.act_max);
      }
    }
  }
}
