/* exp and log with the same bits on every machine: src/numbers/portable-math.ts has the same formulas. */
#ifndef TINYML_MATH_H
#define TINYML_MATH_H

#include <stdint.h>
#include <string.h>

#define TINYML_LOG2_E 1.4426950408889634
#define TINYML_LN2 0.6931471805599453

/* Without instructions for float64 quotients of two numbers take longer than all else that exp does. */
#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M' && !(defined(__ARM_FP) && (__ARM_FP & 8)) && \
    defined(__ARM_ARCH_EXT_IDIV__)
#define TINYML_DIVIDE_BY_PARTS
#endif

#ifdef TINYML_DIVIDE_BY_PARTS
/* x / n for n from 1 to 15, rounded as a division. */
static inline double tinyml_by_parts(double x, uint32_t n) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof(bits));
  const uint32_t high = (uint32_t)(bits >> 32), low = (uint32_t)bits, exponent = high >> 20 & 0x7ffu;
  /* 0, numbers whose quotients may be subnormal, infinity and NaN. */
  if (exponent < 8u || exponent == 0x7ffu) return x / (double)n;
  /* The 53 bits and 8 zeros, 29, 28 and 4 bits at a time below what the ones before leave over: 57 bits and more. */
  const uint32_t first = (high & 0xfffffu) << 8 | 0x10000000u | low >> 24, second = (low & 0xffffffu) << 4;
  const uint32_t a = first / n, after = (first - a * n) << 28 | second;
  const uint32_t b = after / n, last = (after - b * n) << 4, c = last / n;
  const uint64_t quotient = ((uint64_t)a << 28 | b) << 4 | c;
  const int32_t drop = 11 - __builtin_clzll(quotient);
  /* Half of a unit, and whether anything is below it. */
  const uint64_t half = (uint64_t)1 << (drop - 1), below = (quotient & (half - 1u)) | (last - c * n);
  uint64_t rounded = quotient >> drop;
  if ((quotient & half) != 0u && (below != 0u || (rounded & 1u) != 0u)) rounded++;
  /* A carry of the mantissa goes to the exponent. */
  const uint64_t magnitude = ((uint64_t)(exponent + (uint32_t)drop - 9u) << 52) + rounded;
  const uint64_t result = magnitude | (uint64_t)(high & 0x80000000u) << 32;
  memcpy(&x, &result, sizeof(x));
  return x;
}
#endif

/* x / n for n from 1 to 15. */
static inline double tinyml_over(double x, uint32_t n) {
#ifdef TINYML_DIVIDE_BY_PARTS
  return tinyml_by_parts(x, n);
#else
  return x / (double)n;
#endif
}

/* exp(x) for x <= 0; 0 below -700. */
static inline double tinyml_exp(double x) {
  if (!(x > -700.0)) return 0.0;
  const double nearest = x * TINYML_LOG2_E + 0.5;
  const int32_t truncated = (int32_t)nearest;
  const int32_t power = (double)truncated > nearest ? truncated - 1 : truncated; /* the floor */
  const double rest = x - (double)power * TINYML_LN2;
  double sum = 1.0;
  for (int32_t n = 13; n >= 1; n--) sum = 1.0 + tinyml_over(sum * rest, (uint32_t)n);
  /* A product with 2^power, which is no subnormal number, is exact. */
  const uint64_t bits = (uint64_t)(power + 1023) << 52;
  double scale;
  memcpy(&scale, &bits, sizeof(scale));
  return sum * scale;
}

/* log(x) for x >= 1. */
static inline double tinyml_log(double x) {
  double power = 0.0, mantissa = x;
  while (mantissa >= 1.5) {
    mantissa *= 0.5;
    power += 1.0;
  }
  const double t = (mantissa - 1.0) / (mantissa + 1.0);
  const double square = t * t;
  double sum = 0.0;
  for (int32_t n = 23; n >= 1; n -= 2) sum = 1.0 / (double)n + square * sum;
  return power * TINYML_LN2 + 2.0 * t * sum;
}

#endif
