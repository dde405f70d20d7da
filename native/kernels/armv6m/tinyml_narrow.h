/* TFLite's double rounding where products have no upper half. */
#ifndef TINYML_NARROW_H
#define TINYML_NARROW_H

#include "../generic/tinyml_fixed_point.h"

/* floor((x * y + 2^31) / 2^32) of four products of 16 bits. */
static inline int32_t tinyml_rounded_high(int32_t x, int32_t y) {
  const int32_t x_high = x >> 16, y_high = y >> 16, x_low = x & 0xffff, y_low = y & 0xffff;
  const uint32_t low = (uint32_t)x_low * (uint32_t)y_low;
  const int32_t middle = x_high * y_low + (int32_t)(low >> 16), other = x_low * y_high;
  const int32_t carried = (middle & 0xffff) + (other & 0xffff) + 0x8000;
  return x_high * y_high + (middle >> 16) + (other >> 16) + (carried >> 16);
}

/* The right shift, from 2 to 31, of a power of two: 2^(32 - right). */
static inline int32_t tinyml_right_of(int32_t power) {
  int32_t right = 32;
  for (int32_t half = 16; half > 0; half >>= 1) {
    if (power >> half == 0) continue;
    power >>= half;
    right -= half;
  }
  return right;
}

/* tinyml_pair_narrow with the shift for the power. */
static inline int8_t tinyml_narrow(int32_t sum, int32_t doubled, int32_t right, int32_t zero_point) {
  const int32_t high = (int32_t)((uint32_t)sum + (uint32_t)tinyml_rounded_high(sum, doubled));
  const int32_t down = (int32_t)((uint32_t)high + (uint32_t)(high >> 31));
  return (int8_t)tinyml_clamp(zero_point + (((down >> (right - 1)) + 1) >> 1), INT8_MIN, INT8_MAX);
}

/* Four sums, or `count` of them, as outputs `step` bytes apart. */
static inline void tinyml_narrow_sums(const int32_t *sums, int32_t count, const int32_t *scale, int32_t zero_point, int8_t *output, int32_t step) {
  const int32_t doubled = scale[0], right = tinyml_right_of(scale[1]);
  for (const int32_t *const end = sums + count; sums != end; sums++, output += step) {
    *output = tinyml_narrow(*sums, doubled, right, zero_point);
  }
}

#endif
