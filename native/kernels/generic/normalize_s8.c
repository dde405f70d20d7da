#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

/* floor(sqrt(x)) for x in [2^62, 2^64), bit by bit. */
static uint32_t root_of(uint64_t x) {
  uint64_t root = 0, bit = UINT64_C(1) << 62;
  for (; bit != 0; bit >>= 2) {
    const uint64_t next = root + bit;
    root >>= 1;
    if (x >= next) {
      x -= next;
      root += bit;
    }
  }
  return (uint32_t)root;
}

/* 2^27 / sqrt(of), as reciprocal / 2^right. */
typedef struct {
  int32_t reciprocal, right;
} reciprocal_root;

static reciprocal_root reciprocal_root_of(uint64_t x) {
  reciprocal_root result = {0, 1};
  if (x == 0) return result;
  result.right = 35;
  for (; x < UINT64_C(1) << 62; x <<= 2) result.right--;
  const uint64_t reciprocal = (UINT64_C(1) << 62) / root_of(x);
  result.reciprocal = reciprocal > INT32_MAX ? INT32_MAX : (int32_t)reciprocal;
  return result;
}

/* x / 2^bits rounded to the nearest, ties up. */
static inline int32_t rounded_shift(int64_t x, int32_t bits) {
  return (int32_t)((x + (INT64_C(1) << (bits - 1))) >> bits);
}

void tinyml_normalize_s8(const tinyml_normalize_s8_params *params, const int8_t *input, const int32_t *gamma,
                         const int32_t *beta, int8_t *output, void *scratch) {
  const tinyml_normalize_s8_params p = *params;
  const int32_t count = p.positions * p.channels, pixel = p.groups * p.channels;
  (void)scratch;
  for (int32_t image = 0; image < p.batch; image++, input += p.positions * pixel, output += p.positions * pixel) {
    for (int32_t group = 0; group < pixel; group += p.channels) {
      int32_t sum = 0;
      uint32_t squares = 0;
      const int8_t *x = input + group;
      for (int32_t position = 0; position < p.positions; position++, x += pixel) {
        for (int32_t c = 0; c < p.channels; c++) {
          const int32_t value = x[c] + p.input_offset;
          sum += value;
          squares += (uint32_t)(value * value);
        }
      }
      /* count^2 times mean and variance, exactly. */
      const int32_t mean = p.centred ? sum : 0;
      const uint64_t variance = (uint64_t)count * squares - (uint64_t)((int64_t)mean * mean);
      const reciprocal_root root =
          reciprocal_root_of((variance << 14) + ((uint64_t)(uint32_t)p.epsilon << p.epsilon_shift));
      const int32_t offset = count * p.input_offset - mean;
      int8_t *y = output + group;
      x = input + group;
      for (int32_t position = 0; position < p.positions; position++, x += pixel, y += pixel) {
        for (int32_t c = 0; c < p.channels; c++) {
          const int32_t difference = count * x[c] + offset;
          const int32_t normalised = rounded_shift((int64_t)difference * root.reciprocal, root.right);
          const int32_t scaled = rounded_shift((int64_t)normalised * gamma[group + c], 30);
          const int32_t sum_of_both = (int32_t)((uint32_t)scaled + (uint32_t)beta[group + c]);
          y[c] = tinyml_output_s8(tinyml_requantize(sum_of_both, p.multiplier, p.shift), p.output_offset, p.act_min,
                                  p.act_max);
        }
      }
    }
  }
}
