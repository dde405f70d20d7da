/* Fixed-point arithmetic with the rounding of TFLite's int8 kernels ("double rounding"). Right shifts of negative
 * numbers are arithmetic and conversions to int32_t wrap, as on every compiler for Cortex-M. */
#ifndef TINYML_FIXED_POINT_H
#define TINYML_FIXED_POINT_H

#include <stdint.h>

/* floor((x * y + 2^30) / 2^31): the rounding doubling high multiply. x and y must not both be -2^31. */
static inline int32_t tinyml_high_multiply(int32_t x, int32_t y) {
  return (int32_t)(((int64_t)x * y + (INT64_C(1) << 30)) >> 31);
}

/* x / 2^exponent rounded to nearest, ties away from zero; exponent 1 to 31, -2^31 < x < 2^31 - 1.
 * Decrementing a negative x turns "ties up", which is what the shifts do, into "ties away from zero". */
static inline int32_t tinyml_rounding_shift_right(int32_t x, int32_t exponent) {
  return (((x + (x >> 31)) >> (exponent - 1)) + 1) >> 1;
}

/* x * multiplier * 2^(shift - 31); shift in [-31, 30], multiplier in [2^30, 2^31), or 0 with a shift of 0. The high
 * multiply of such operands stays within (-2^31, 2^31 - 1), so the rounding shift cannot overflow. */
static inline int32_t tinyml_requantize(int32_t x, int32_t multiplier, int32_t shift) {
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
  int32_t high;
  if (shift >= 0) {
    __asm volatile("" : "+r"(x)); /* rare, and not to be computed in advance */
    return tinyml_high_multiply((int32_t)((uint32_t)x << shift), multiplier);
  }
  /* Twice such a multiplier is, as int32, 2^32 too small: adding x * 2^32 makes up for it. */
  __asm("smmlar %0, %1, %2, %1" : "=r"(high) : "r"(x), "r"((uint32_t)multiplier << 1));
  return tinyml_rounding_shift_right(high, -shift);
#else
  const int32_t high = tinyml_high_multiply((int32_t)((uint32_t)x << (shift > 0 ? shift : 0)), multiplier);
  return shift < 0 ? tinyml_rounding_shift_right(high, -shift) : high;
#endif
}

static inline int32_t tinyml_clamp(int32_t value, int32_t min, int32_t max) {
  if (value < min) value = min;
  if (value > max) value = max;
  return value;
}

/* A requantised value with its zero point added, clamped to [min, max] within int8. The sum alone might overflow. */
static inline int8_t tinyml_output_s8(int32_t value, int32_t zero_point, int32_t min, int32_t max) {
  return (int8_t)(tinyml_clamp(value, min - zero_point, max - zero_point) + zero_point);
}

#endif
