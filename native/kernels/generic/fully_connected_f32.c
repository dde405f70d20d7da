#include "../tinyml_kernels.h"
#include "tinyml_fma.h"

/* `lanes` output features from `first` on. */
static inline void features(const float *input, const float *weights, const float *bias, const float *bounds,
                            int32_t count, int32_t first, int32_t lanes, float *output) {
  float sums[TINYML_CHAINS];
  for (int32_t lane = 0; lane < lanes; lane++) sums[lane] = bias[first + lane];
  tinyml_chains(sums, lanes, input, weights + first * count, count, count);
  for (int32_t lane = 0; lane < lanes; lane++) output[first + lane] = tinyml_bounded(sums[lane], bounds);
}

void tinyml_fully_connected_f32(const tinyml_fully_connected_f32_params *params, const float *input,
                                const float *weights, const float *bias, const float *bounds, float *output,
                                void *scratch) {
  const tinyml_fully_connected_f32_params p = *params;
  (void)scratch;
  for (int32_t row = 0; row < p.rows; row++, input += p.in_features, output += p.out_features) {
    int32_t first = 0;
    for (; first + TINYML_CHAINS <= p.out_features; first += TINYML_CHAINS) {
      features(input, weights, bias, bounds, p.in_features, first, TINYML_CHAINS, output);
    }
    for (; first < p.out_features; first++) features(input, weights, bias, bounds, p.in_features, first, 1, output);
  }
}
