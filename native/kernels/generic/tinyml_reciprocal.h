/* Roots and reciprocals in integers, by divisions of 32 bits. */
#ifndef TINYML_RECIPROCAL_H
#define TINYML_RECIPROCAL_H

#include "tinyml_fixed_point.h"

/* floor(sqrt(x)) of x in [2^30, 2^32): from above, where the tangent at 2^31 lies, by three steps of Newton. */
static inline uint32_t tinyml_half_root_of(uint32_t x) {
  uint32_t root = 23171 + ((x >> 16) * 23171 >> 15);
  for (int32_t i = 0; i < 3; i++) root = (root + x / root) >> 1;
  return root * root > x ? root - 1 : root;
}

/* floor(sqrt(x)) of x in [2^62, 2^64): the root of the upper half, then 16 bits by one division (Zimmermann, Karatsuba Square
 * Root, 1999). */
static inline uint32_t tinyml_root_of(uint64_t x) {
  const uint32_t upper = tinyml_half_root_of((uint32_t)(x >> 32)), rest = (uint32_t)(x >> 32) - upper * upper;
  /* Half of rest * 2^16 and 16 bits more, over the root, in place of all over twice the root, which are 33 bits. */
  const uint32_t half = (rest << 15) | ((uint32_t)x >> 17);
  const uint32_t lower = half / upper, left = ((half - lower * upper) << 1) | (((uint32_t)x >> 16) & 1);
  const uint64_t remainder = ((uint64_t)left << 16) | ((uint32_t)x & 0xffff);
  return (upper << 16) + lower - (remainder < (uint64_t)lower * lower ? 1 : 0);
}

/* A digit of 16 bits of upper * 2^16 / divisor, where upper is less than the divisor, whose leading bit is set. */
static inline uint32_t tinyml_digit_of(uint32_t upper, uint32_t divisor) {
  const uint32_t first = divisor >> 16, second = divisor & 0xffff;
  uint32_t digit = upper / first, rest = upper - digit * first;
  while (rest < 0x10000 && (digit > 0xffff || digit * second > rest << 16)) {
    digit--;
    rest += first;
  }
  return digit;
}

/* 2^62 / divisor for a divisor of at least 2^31; 2^31 - 1 where that is 2^31. */
static inline int32_t tinyml_reciprocal_of(uint32_t divisor) {
  const uint32_t upper = UINT32_C(1) << 30, first = tinyml_digit_of(upper, divisor);
  const uint32_t second = tinyml_digit_of((upper << 16) - first * divisor, divisor);
  const uint32_t reciprocal = (first << 16) + second;
  return reciprocal > INT32_MAX ? INT32_MAX : (int32_t)reciprocal;
}

/* reciprocal / 2^right */
typedef struct {
  int32_t reciprocal, right;
} tinyml_reciprocal;

/* 2^27 / sqrt(x), or 0 for 0 */
static inline tinyml_reciprocal tinyml_reciprocal_root_of(uint64_t x) {
  if (x == 0) return (tinyml_reciprocal){0, 1};
  const int32_t pairs = tinyml_leading_zeros_wide(x) >> 1;
  return (tinyml_reciprocal){tinyml_reciprocal_of(tinyml_root_of(x << (2 * pairs))), 35 - pairs};
}

#endif
