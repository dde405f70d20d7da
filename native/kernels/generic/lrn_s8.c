#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

static inline uint32_t square_of(int32_t value) {
  return (uint32_t)(value * value);
}

void tinyml_lrn_s8(const tinyml_lrn_s8_params *params, const int8_t *input, const int32_t *mantissas,
                   const int32_t *multiplier, const int32_t *shift, int8_t *output, void *scratch) {
  const tinyml_lrn_s8_params p = *params;
  const uint64_t bias = (uint64_t)(uint32_t)p.bias << p.bias_shift;
  (void)scratch;
  for (int32_t position = 0; position < p.positions; position++, input += p.channels, output += p.channels) {
    uint32_t squares = 0;
    for (int32_t c = 0; c < p.after && c < p.channels; c++) squares += square_of(input[c] + p.input_offset);
    for (int32_t c = 0; c < p.channels; c++) {
      if (c + p.after < p.channels) squares += square_of(input[c + p.after] + p.input_offset);
      if (c > p.before) squares -= square_of(input[c - p.before - 1] + p.input_offset);
      uint64_t base = (uint64_t)(uint32_t)p.alpha * squares + bias;
      int32_t exponent = 63;
      if (base == 0) base = 1;
      for (int32_t bits = 32; bits > 0; bits >>= 1) {
        if (base >> (64 - bits) != 0) continue;
        base <<= bits;
        exponent -= bits;
      }
      /* The 24 bits behind the leading one. */
      const uint32_t fraction = (uint32_t)(base >> 39) & 0xffffffu;
      const int32_t *step = mantissas + (fraction >> 16);
      const int64_t slope = (int64_t)step[1] - step[0];
      const int64_t mantissa = step[0] + ((slope * (int64_t)(fraction & 0xffffu)) >> 16);
      const int32_t product = (int32_t)(((input[c] + p.input_offset) * mantissa + 128) >> 8);
      output[c] = tinyml_output_s8(tinyml_requantize(product, multiplier[exponent], shift[exponent]), p.output_offset,
                                   p.act_min, p.act_max);
    }
  }
}
