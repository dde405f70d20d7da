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

/* tinyml_high_multiply by a multiplier in [2^30, 2^31). */
static inline int32_t tinyml_scale(int32_t x, int32_t multiplier) {
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
  /* Twice such a multiplier is, as int32, 2^32 too small: adding x * 2^32 makes up for it. */
  int32_t high;
  __asm("smmlar %0, %1, %2, %1" : "=r"(high) : "r"(x), "r"((uint32_t)multiplier << 1));
  return high;
#else
  return tinyml_high_multiply(x, multiplier);
#endif
}

/* x * multiplier * 2^-(31 + right); right in [1, 31], multiplier in [2^30, 2^31). The high multiply of such operands stays within
 * (-2^31, 2^31 - 1), so the rounding shift cannot overflow. */
static inline int32_t tinyml_requantize_right(int32_t x, int32_t multiplier, int32_t right) {
  return tinyml_rounding_shift_right(tinyml_scale(x, multiplier), right);
}

/* x * multiplier * 2^(shift - 31); shift in [-31, 30], multiplier in [2^30, 2^31), or 0 with a shift of 0. */
static inline int32_t tinyml_requantize(int32_t x, int32_t multiplier, int32_t shift) {
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
  if (shift >= 0) {
    __asm volatile("" : "+r"(x)); /* rare, and not to be computed in advance */
    return tinyml_high_multiply((int32_t)((uint32_t)x << shift), multiplier);
  }
  return tinyml_requantize_right(x, multiplier, -shift);
#else
  const int32_t high = tinyml_high_multiply((int32_t)((uint32_t)x << (shift > 0 ? shift : 0)), multiplier);
  return shift < 0 ? tinyml_rounding_shift_right(high, -shift) : high;
#endif
}

/* sum + floor((x * y + 2^31) / 2^32), wrapped to 32 bits. */
static inline int32_t tinyml_add_rounded_high(int32_t sum, int32_t x, int32_t y) {
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
  int32_t result;
  if (__builtin_constant_p(sum) && sum == 0) {
    __asm("smmulr %0, %1, %2" : "=r"(result) : "r"(x), "r"(y));
  } else {
    __asm("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(x), "r"(y), "r"(sum));
  }
  return result;
#else
  return (int32_t)((uint32_t)sum + (uint32_t)(int32_t)(((int64_t)x * y + (INT64_C(1) << 31)) >> 32));
#endif
}

/* zero_point plus x * multiplier * 2^-(31 + right), where unit is 2^(32 - right) and right at least 2. */
static inline int32_t tinyml_requantize_onto(int32_t zero_point, int32_t x, int32_t multiplier, int32_t unit) {
  const int32_t high = tinyml_scale(x, multiplier);
  return tinyml_add_rounded_high(zero_point, high + (high >> 31), unit);
}

/* Leading zeros of a number above 0. */
static inline int32_t tinyml_leading_zeros(uint32_t x) {
#if defined(__GNUC__)
  return __builtin_clz(x);
#else
  int32_t zeros = 0;
  for (; x < UINT32_C(1) << 31; x <<= 1) zeros++;
  return zeros;
#endif
}

static inline int32_t tinyml_leading_zeros_wide(uint64_t x) {
  const uint32_t high = (uint32_t)(x >> 32);
  return high != 0 ? tinyml_leading_zeros(high) : 32 + tinyml_leading_zeros((uint32_t)x);
}

static inline int32_t tinyml_clamp(int32_t value, int32_t min, int32_t max) {
  if (value < min) value = min;
  if (value > max) value = max;
  return value;
}

static inline int8_t tinyml_saturate_s8(int32_t value) {
#if defined(__ARM_FEATURE_SAT) && defined(__GNUC__)
  __asm("ssat %0, #8, %0" : "+r"(value));
  return (int8_t)value;
#else
  return (int8_t)tinyml_clamp(value, INT8_MIN, INT8_MAX);
#endif
}

static inline int16_t tinyml_output_s16(int32_t value, int32_t min, int32_t max) {
  return (int16_t)tinyml_clamp(value, min, max);
}

/* A 64-bit sum as TFLite's kernels for 16 bits requantise it: times the multiplier in 16 bits, shifted, rounded once, ties up;
 * shift in [-31, 7]. The product wraps at 64 bits, which sums below 2^48 do not reach. */
static inline int64_t tinyml_scale_wide(int64_t sum, int32_t multiplier, int32_t shift) {
  const int32_t reduced = multiplier < 0x7fff0000 ? (multiplier + (1 << 15)) >> 16 : 0x7fff;
  const int32_t total = 15 - shift;
  const uint64_t product = (uint64_t)sum * (uint64_t)reduced + (UINT64_C(1) << (total - 1));
  return (int64_t)product >> total;
}

/* The same as a code of 16 bits, within limits. */
static inline int16_t tinyml_requantize_wide(int64_t sum, int32_t multiplier, int32_t shift, int32_t min, int32_t max) {
  const int64_t value = tinyml_scale_wide(sum, multiplier, shift);
  const int64_t least = value < min ? min : value;
  return (int16_t)(least > max ? max : least);
}

/* Products in int32, as many as surely fit, before they go into 64 bits. */
enum { TINYML_NARROW_SUM = 256 };

static inline int64_t tinyml_dot_s16(const int16_t *x, const int8_t *w, int32_t count) {
  int64_t sum = 0;
  for (int32_t first = 0; first < count; first += TINYML_NARROW_SUM) {
    const int32_t end = count - first < TINYML_NARROW_SUM ? count : first + TINYML_NARROW_SUM;
    int32_t part = 0;
    for (int32_t i = first; i < end; i++) part += x[i] * w[i];
    sum += part;
  }
  return sum;
}

/* A requantised value with its zero point added, clamped to [min, max] within int8. The sum alone might overflow. */
static inline int8_t tinyml_output_s8(int32_t value, int32_t zero_point, int32_t min, int32_t max) {
  return (int8_t)(tinyml_clamp(value, min - zero_point, max - zero_point) + zero_point);
}

#endif
