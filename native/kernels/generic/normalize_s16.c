#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"
#include "tinyml_reciprocal.h"

void tinyml_normalize_s16(const tinyml_normalize_s16_params *params, const int16_t *input, const int32_t *gamma,
                          const int32_t *beta, int16_t *output, void *scratch) {
  const tinyml_normalize_s16_params p = *params;
  const int32_t count = p.positions * p.channels, pixel = p.groups * p.channels;
  (void)scratch;
  for (int32_t image = 0; image < p.batch; image++, input += p.positions * pixel, output += p.positions * pixel) {
    for (int32_t group = 0; group < pixel; group += p.channels) {
      int64_t sum = 0;
      uint64_t squares = 0;
      const int16_t *x = input + group;
      for (int32_t position = 0; position < p.positions; position++, x += pixel) {
        for (int32_t c = 0; c < p.channels; c++) {
          const int32_t value = x[c];
          sum += value;
          squares += (uint32_t)(value * value);
        }
      }
      /* count^2 times mean and variance, exactly: at most 2^62. */
      const int64_t mean = p.centred ? sum : 0;
      const uint64_t variance = (uint64_t)count * squares - (uint64_t)(mean * mean);
      const tinyml_reciprocal root =
          tinyml_reciprocal_root_of(variance + ((uint64_t)(uint32_t)p.epsilon << p.epsilon_shift));
      const int32_t right = root.right + 7; /* of a variance without bits behind the point */
      const int64_t half = INT64_C(1) << (right - 1);
      int16_t *y = output + group;
      x = input + group;
      for (int32_t position = 0; position < p.positions; position++, x += pixel, y += pixel) {
        for (int32_t c = 0; c < p.channels; c++) {
          const int64_t difference = (int64_t)count * x[c] - mean;
          const int32_t normalised = (int32_t)((difference * root.reciprocal + half) >> right);
          const int32_t both = tinyml_add_rounded_high(beta[group + c], normalised * 4, gamma[group + c]);
          y[c] = tinyml_output_s16(tinyml_requantize(both, p.multiplier, p.shift), p.act_min, p.act_max);
        }
      }
    }
  }
}
