/* exp and log with the same bits on every machine: src/numbers/portable-math.ts has the same formulas. */
#ifndef TINYML_MATH_H
#define TINYML_MATH_H

#include <stdint.h>
#include <string.h>

#define TINYML_LOG2_E 1.4426950408889634
#define TINYML_LN2 0.6931471805599453

/* exp(x) for x <= 0; 0 below -700. */
static inline double tinyml_exp(double x) {
  if (!(x > -700.0)) return 0.0;
  const double nearest = x * TINYML_LOG2_E + 0.5;
  const int32_t truncated = (int32_t)nearest;
  const int32_t power = (double)truncated > nearest ? truncated - 1 : truncated; /* the floor */
  const double rest = x - (double)power * TINYML_LN2;
  double sum = 1.0;
  for (int32_t n = 13; n >= 1; n--) sum = 1.0 + (sum * rest) / (double)n;
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
