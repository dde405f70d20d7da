/* A row of a softmax: fixed-point exponential and reciprocal of gemmlowp, in the formats of TFLite. */
#ifndef TINYML_SOFTMAX_H
#define TINYML_SOFTMAX_H

#include <stddef.h>

#include "tinyml_fixed_point.h"
#include "tinyml_specialised.h"

/* Fixed-point exponential and reciprocal of gemmlowp (fixedpoint.h), specialised to the formats of TFLite's softmax.
 * Qm.n: m integer bits and n fraction bits beside the sign. */

/* x * 2^bits, saturated. */
static inline int32_t tinyml_softmax_saturating_shift_left(int32_t x, int32_t bits) {
  const int32_t limit = INT32_MAX >> bits;
  if (x > limit) return INT32_MAX;
  if (x < -limit - 1) return INT32_MIN;
  return x * ((int32_t)1 << bits);
}

/* tinyml_high_multiply where twice the first number fits. */
static inline int32_t tinyml_softmax_times(int32_t x, int32_t y) {
  return tinyml_add_rounded_high(0, y, 2 * x);
}

/* exp(a) in Q0.31 for -1/4 <= a < 0 in Q0.31: Taylor series of fourth order around -1/8. */
static inline int32_t tinyml_softmax_exp_last_quarter(int32_t a) {
  const int32_t exp_minus_eighth = 1895147668, third = 715827883;
  const int32_t x = a + ((int32_t)1 << 28);
  const int32_t x2 = tinyml_softmax_times(x, x);
  const int32_t x3 = tinyml_softmax_times(x2, x);
  const int32_t x4 = tinyml_softmax_times(x2, x2);
  const int32_t tail =
      tinyml_rounding_shift_right(tinyml_softmax_times(third, tinyml_rounding_shift_right(x4, 2) + x3) + x2, 1);
  return exp_minus_eighth + tinyml_scale(x + tail, exp_minus_eighth);
}

/* exp(a) in Q0.31 for a <= 0 in Q5.26. Not inline: both loops of a row call it, and twice the text is 200 bytes of flash. */
static int32_t tinyml_softmax_exp_on_negative(int32_t a) {
  /* exp(-2^k) in Q0.31 for k = 0 .. 4. */
  static const int32_t exp_of_minus_power[5] = {790015084, 290630308, 39332535, 720401, 242};
  const int32_t exp_minus_quarter = 1672461947, exp_minus_half = 1302514674, quarter = (int32_t)1 << 24;
  if (a == 0) return INT32_MAX;
  const int32_t fraction = (a & (quarter - 1)) - quarter;
  const uint32_t rest = (uint32_t)(fraction - a) >> 24;
  int32_t result = tinyml_softmax_exp_last_quarter(fraction * 32);
  if ((rest & 1) != 0) result = tinyml_scale(result, exp_minus_quarter);
  if ((rest & 2) != 0) result = tinyml_scale(result, exp_minus_half);
  for (int32_t k = 0; k < 5; k++) {
    if (((rest >> (2 + k)) & 1) != 0) result = tinyml_softmax_times(exp_of_minus_power[k], result);
  }
  return result;
}

/* 1 / (1 + a) in Q0.31 for 0 <= a < 1 in Q0.31: three steps of Newton and Raphson on (1 + a) / 2. */
static inline int32_t tinyml_softmax_reciprocal_one_plus(int32_t a) {
  const int32_t half_denominator = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
  const int32_t one = (int32_t)1 << 29; /* Q2.29 */
  int32_t x = 1515870810 + tinyml_high_multiply(half_denominator, -1010580540); /* 48/17 - 32/17 d */
  for (int32_t i = 0; i < 3; i++) {
    const int32_t error = one - tinyml_high_multiply(half_denominator, x);
    x += tinyml_softmax_saturating_shift_left(tinyml_high_multiply(x, error), 2);
  }
  return tinyml_softmax_saturating_shift_left(x, 1);
}

/* Leading zeros, at most 31. */
static inline int32_t tinyml_softmax_leading_zeros(uint32_t x) {
  return x == 0 ? 31 : tinyml_leading_zeros(x);
}

/* What the rows of a step share. Where there is a mask, elements whose code there is below `mask_least` do not count. */
typedef struct {
  int32_t row_size, multiplier, shift, diff_min, mask_least;
} tinyml_softmax;

/* exp of a difference to the maximum, Q0.31. */
static inline int32_t tinyml_softmax_exponential(int32_t difference, const tinyml_softmax *p) {
  return tinyml_softmax_exp_on_negative(
      tinyml_high_multiply((int32_t)((uint32_t)difference << p->shift), p->multiplier));
}

static inline int32_t tinyml_softmax_counts(const tinyml_softmax *p, const int8_t *mask, int32_t i) {
  return mask == NULL || mask[i] >= p->mask_least;
}

/* A row of which nothing counts is all -128. */
static inline void tinyml_softmax_row(const tinyml_softmax *p, const int8_t *input, const int8_t *mask, int8_t *output) {
  int32_t max = INT8_MIN;
  uint32_t sum = 0; /* Q12.19 */
  for (int32_t i = 0; i < p->row_size; i++) {
    if (tinyml_softmax_counts(p, mask, i) && input[i] > max) max = input[i];
  }
  for (int32_t i = 0; i < p->row_size; i++) {
    const int32_t difference = input[i] - max;
    if (!tinyml_softmax_counts(p, mask, i) || difference < p->diff_min) continue;
    sum += (uint32_t)tinyml_rounding_shift_right(tinyml_softmax_exponential(difference, p), 12);
  }
  const int32_t headroom = tinyml_softmax_leading_zeros(sum);
  const int32_t reciprocal = tinyml_softmax_reciprocal_one_plus((int32_t)((sum << headroom) & INT32_MAX));
  const int32_t exponent = 12 - headroom + 31 - 8; /* beyond 31, in long and flat rows, nothing is left */
  for (int32_t i = 0; i < p->row_size; i++) {
    const int32_t difference = input[i] - max;
    int32_t value = INT8_MIN;
    if (tinyml_softmax_counts(p, mask, i) && difference >= p->diff_min && exponent <= 31) {
      const int32_t product = tinyml_high_multiply(reciprocal, tinyml_softmax_exponential(difference, p));
      value += tinyml_rounding_shift_right(product, exponent);
    }
    output[i] = (int8_t)tinyml_clamp(value, INT8_MIN, INT8_MAX);
  }
}

/* A row whose exponentials stand in a table: those of differences to the maximum of 0, -1, ... -255, Q0.31. Elements whose
 * code in a mask, if there is one, is below `mask_least` do not count. */
typedef struct {
  int32_t row_size;
  const int32_t *exponentials;
  const int8_t *mask;
  int32_t mask_stride, mask_least;
} tinyml_tabled_row;

/* The loops over a row, each by the instruction set: the largest code that counts; the sum of the exponentials that count, each
 * rounded to Q12.19; and the last, which writes exponentials times a reciprocal, shifted right, and returns their sum. */
#if defined(__ARM_FEATURE_MVE)
#include "../mve/tinyml_softmax_row.h"
#else
#include "tinyml_softmax_row.h"
#endif

TINYML_SPECIALISED int32_t tinyml_softmax_tabled_row(const tinyml_tabled_row *row, int8_t *x, int32_t masked) {
  const int32_t max = tinyml_softmax_max(row, x, masked);
  const uint32_t sum = tinyml_softmax_sum(row, x, max, masked);
  const int32_t headroom = tinyml_softmax_leading_zeros(sum);
  const int32_t reciprocal = tinyml_softmax_reciprocal_one_plus((int32_t)((sum << headroom) & INT32_MAX));
  const int32_t right = 12 - headroom + 31 - 8;
  if (right <= 31) return tinyml_softmax_scaled(row, x, max, reciprocal, right, masked);
  for (int32_t i = 0; i < row->row_size; i++) x[i] = INT8_MIN; /* in long and flat rows nothing is left */
  return 0;
}

/* tinyml_softmax_row in place. Returns the sum of what it writes, each less -128. */
static inline int32_t tinyml_softmax_tabled(const tinyml_tabled_row *row, int8_t *x) {
  return row->mask == NULL ? tinyml_softmax_tabled_row(row, x, 0) : tinyml_softmax_tabled_row(row, x, 1);
}

#endif
