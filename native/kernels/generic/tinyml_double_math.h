/* Functions of float64 with the same bits on every machine: src/numbers/double-math.ts has the same formulas. Arguments are
 * float32 numbers. */
#ifndef TINYML_DOUBLE_MATH_H
#define TINYML_DOUBLE_MATH_H

#include <math.h>

#include "tinyml_math.h"

#define TINYML_HALF_PI 1.5707963267948966

static inline int tinyml_is_negative(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof(bits));
  return (int)(bits >> 63);
}

/* The greatest integer that is not above x. */
static inline double tinyml_floor(double x) {
  if (!(fabs(x) < 4503599627370496.0)) return x;
  const double whole = (double)(int64_t)x;
  return whole > x ? whole - 1.0 : whole;
}

static inline double tinyml_exp_any(double x) {
  if (x != x) return x;
  return x > 0.0 ? 1.0 / tinyml_exp(-x) : tinyml_exp(x);
}

/* log(1 + x) for -1 < x < INFINITY, exact where x is tiny. */
static inline double tinyml_log1p(double x) {
  if (x > 0.25) return tinyml_log(1.0 + x);
  if (x < -0.25) return -tinyml_log(1.0 / (1.0 + x));
  const double t = x / (2.0 + x), square = t * t;
  double sum = 0.0;
  for (int32_t n = 23; n >= 1; n -= 2) sum = 1.0 / (double)n + square * sum;
  return 2.0 * t * sum;
}

/* log(x) for finite x > 0, exact near 1. */
static inline double tinyml_log_any(double x) {
  if (x > 0.75 && x < 1.25) return tinyml_log1p(x - 1.0);
  return x > 1.0 ? tinyml_log(x) : -tinyml_log(1.0 / x);
}

/* For x >= 0 and finite y. */
static inline double tinyml_power_of(double x, double y) {
  if (x == 0.0) return y > 0.0 ? 0.0 : INFINITY;
  if (x == INFINITY) return y > 0.0 ? INFINITY : 0.0;
  return tinyml_exp_any(y * tinyml_log_any(x));
}

/* x^y, with the special cases of IEEE 754. */
static inline double tinyml_pow(double x, double y) {
  if (y == 0.0 || x == 1.0) return 1.0;
  if (x != x || y != y) return NAN;
  const double size = fabs(x);
  if (fabs(y) == INFINITY) {
    if (size == 1.0) return 1.0;
    return (size > 1.0) == (y > 0.0) ? INFINITY : 0.0;
  }
  const int is_whole = tinyml_floor(y) == y, is_odd = is_whole && y * 0.5 != tinyml_floor(y * 0.5);
  if (x < 0.0 && !is_whole && size != INFINITY) return NAN;
  const double power = tinyml_power_of(size, y);
  return is_odd && tinyml_is_negative(x) ? -power : power;
}

/* x = k pi/2 + r, |r| <= pi/4: k modulo 4, and r. */
static inline int32_t tinyml_quarter_turns(double x, double *rest) {
  static const int32_t two_over_pi[] = {0xa2f983, 0x6e4e44, 0x1529fc, 0x2757d1, 0xf534dd,
                                        0xc0db62, 0x95993c, 0x439041, 0xfe5163, 0xabdebb};
  *rest = x;
  if (fabs(x) < 0.5) return 0;
  double m = x;
  int32_t e = 0;
  for (; fabs(m) >= 16777216.0; m *= 0.5) e++;
  for (; m != tinyml_floor(m); m *= 2.0) e--;
  double turns = 0.0, sum = 0.0;
  for (int32_t i = 0, added = 0; i < 10 && added < 4; i++) {
    double unit = 1.0;
    const int32_t power = e - 24 * (i + 1);
    if (power >= 2) continue;
    for (int32_t n = power; n < 0; n++) unit *= 0.5;
    for (int32_t n = 0; n < power; n++) unit *= 2.0;
    const double part = m * (double)two_over_pi[i] * unit;
    sum += part - 4.0 * tinyml_floor(part * 0.25);
    const double whole = tinyml_floor(sum + 0.5);
    turns += whole;
    sum -= whole;
    added++;
  }
  *rest = sum * TINYML_HALF_PI;
  return (int32_t)(turns - 4.0 * tinyml_floor(turns * 0.25));
}

/* sin(r) and cos(r) for |r| <= pi/4. */
static inline double tinyml_sin_of(double r) {
  const double square = r * r;
  double sum = 1.0;
  for (int32_t n = 16; n >= 2; n -= 2) sum = 1.0 - (square * sum) / (double)(n * (n + 1));
  return r * sum;
}

static inline double tinyml_cos_of(double r) {
  const double square = r * r;
  double sum = 1.0;
  for (int32_t n = 17; n >= 1; n -= 2) sum = 1.0 - (square * sum) / (double)(n * (n + 1));
  return sum;
}

static inline double tinyml_sin(double x) {
  double rest;
  if (!(fabs(x) < INFINITY)) return NAN;
  const int32_t turns = tinyml_quarter_turns(x, &rest);
  const double value = turns % 2 == 0 ? tinyml_sin_of(rest) : tinyml_cos_of(rest);
  return turns >= 2 ? -value : value;
}

static inline double tinyml_cos(double x) {
  double rest;
  if (!(fabs(x) < INFINITY)) return NAN;
  const int32_t turns = tinyml_quarter_turns(x, &rest);
  const double value = turns % 2 == 0 ? tinyml_cos_of(rest) : tinyml_sin_of(rest);
  return turns == 1 || turns == 2 ? -value : value;
}

static inline double tinyml_tan(double x) {
  double rest;
  if (!(fabs(x) < INFINITY)) return NAN;
  const int32_t turns = tinyml_quarter_turns(x, &rest);
  return turns % 2 == 0 ? tinyml_sin_of(rest) / tinyml_cos_of(rest) : -tinyml_cos_of(rest) / tinyml_sin_of(rest);
}

static inline double tinyml_atan(double x) {
  const double size = fabs(x);
  const int is_steep = size > 1.0;
  double t = is_steep ? 1.0 / size : size;
  t = t / (1.0 + sqrt(1.0 + t * t));
  t = t / (1.0 + sqrt(1.0 + t * t));
  const double square = t * t;
  double sum = 0.0;
  for (int32_t n = 25; n >= 1; n -= 2) sum = 1.0 / (double)n - square * sum;
  const double angle = 4.0 * t * sum, value = is_steep ? TINYML_HALF_PI - angle : angle;
  return tinyml_is_negative(x) ? -value : value;
}

static inline double tinyml_asin(double x) {
  return tinyml_atan(x / sqrt((1.0 - x) * (1.0 + x)));
}

static inline double tinyml_acos(double x) {
  return 2.0 * tinyml_atan(sqrt((1.0 - x) / (1.0 + x)));
}

static inline double tinyml_sinh(double x) {
  const double size = fabs(x);
  if (size < 1.0) {
    const double square = x * x;
    double sum = 1.0;
    for (int32_t n = 14; n >= 2; n -= 2) sum = 1.0 + (square * sum) / (double)(n * (n + 1));
    return x * sum;
  }
  const double value = (tinyml_exp_any(size) - tinyml_exp_any(-size)) * 0.5;
  return x < 0.0 ? -value : value;
}

static inline double tinyml_cosh(double x) {
  const double size = fabs(x);
  return (tinyml_exp_any(size) + tinyml_exp_any(-size)) * 0.5;
}

static inline double tinyml_asinh(double x) {
  const double size = fabs(x);
  if (!(size < INFINITY)) return x;
  const double value = tinyml_log1p(size + (size * size) / (1.0 + sqrt(1.0 + size * size)));
  return tinyml_is_negative(x) ? -value : value;
}

static inline double tinyml_acosh(double x) {
  if (!(x >= 1.0)) return NAN;
  if (x == INFINITY) return x;
  return tinyml_log1p(x - 1.0 + sqrt((x - 1.0) * (x + 1.0)));
}

static inline double tinyml_atanh(double x) {
  const double size = fabs(x);
  if (!(size <= 1.0)) return NAN;
  const double value = size == 1.0 ? INFINITY : 0.5 * tinyml_log1p((2.0 * size) / (1.0 - size));
  return tinyml_is_negative(x) ? -value : value;
}

#endif
