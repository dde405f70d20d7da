#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

/* The integer part of the square root, bit by bit. */
static int32_t integer_root(uint64_t x) {
  uint64_t root = 0;
  for (uint64_t bit = UINT64_C(1) << 46; bit != 0; bit >>= 2) {
    if (x >= root + bit) {
      x -= root + bit;
      root = (root >> 1) + bit;
    } else {
      root >>= 1;
    }
  }
  return (int32_t)root;
}

void tinyml_reduce_sum_s8(const tinyml_reduce_sum_s8_params *params, const int8_t *input, const int32_t *table,
                          int8_t *output, void *scratch) {
  const tinyml_reduce_sum_s8_params p = *params;
  (void)scratch;
  for (int32_t o = 0; o < p.outer; o++, input += p.size * p.inner) {
    for (int32_t k = 0; k < p.inner; k++) {
      uint32_t sum = 0;
      for (int32_t i = 0; i < p.size; i++) sum += (uint32_t)table[input[i * p.inner + k] + 128];
      int32_t value = (int32_t)sum;
      if (p.root == 1) value = value < 0 ? 0 : integer_root((uint64_t)value << 16);
      value = tinyml_requantize(value, p.output_multiplier, p.output_shift);
      *output++ = tinyml_output_s8(value, p.output_offset, p.act_min, p.act_max);
    }
  }
}
