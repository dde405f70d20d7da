/* Codes that are normalised with the same statistics: the second half of a normalisation. */
#ifndef TINYML_NORMALIZE_RUN_H
#define TINYML_NORMALIZE_RUN_H

#include "tinyml_fixed_point.h"

/* What the numbers of a group share. x * scale + offset is a difference to the mean, times 2^(32 - right) where `right`, the
 * places that its product with the reciprocal has too many, is at most 32. */
typedef struct {
  int32_t scale, offset, reciprocal, right;
  int32_t multiplier, shift, zero_point, min, max;
} tinyml_normalizer;

/* A normalised number of 20 bits behind the point. Its magnitude is at most 2^28, as 2^16 numbers are normalised together at
 * most; so four times it fits, and so does a difference that is shifted as above. */
static inline int32_t tinyml_normalized(const tinyml_normalizer *by, int32_t x) {
  const int32_t difference = (int32_t)((uint32_t)x * (uint32_t)by->scale + (uint32_t)by->offset);
  if (by->right <= 32) return tinyml_add_rounded_high(0, difference, by->reciprocal);
  const int64_t half = INT64_C(1) << (by->right - 1);
  return (int32_t)(((int64_t)difference * by->reciprocal + half) >> by->right);
}

/* Codes that lie `x_step` bytes apart, with gammas and betas that lie `step` apart. */
static inline void tinyml_normalize_any(const tinyml_normalizer *normalizer, int32_t count, const int8_t *x, int8_t *y,
                                        int32_t x_step, const int32_t *gamma, const int32_t *beta, int32_t step) {
  const tinyml_normalizer by = *normalizer;
  for (; count > 0; count--, x += x_step, y += x_step, gamma += step, beta += step) {
    const int32_t sum = tinyml_add_rounded_high(*beta, tinyml_normalized(&by, *x) * 4, *gamma);
    *y = tinyml_output_s8(tinyml_requantize(sum, by.multiplier, by.shift), by.zero_point, by.min, by.max);
  }
}

#if defined(__ARM_FEATURE_MVE)
#include "../mve/tinyml_normalize_run.h"
#else

/* The same, one after the other, where `right` is at most 32, `shift` at most -2, and outputs may be any code. */
static void tinyml_normalize_quick(const tinyml_normalizer *normalizer, int32_t count, const int8_t *x, int8_t *y,
                                   const int32_t *gamma, const int32_t *beta) {
  const int32_t scale = normalizer->scale, offset = normalizer->offset, reciprocal = normalizer->reciprocal;
  const int32_t multiplier = normalizer->multiplier, unit = (int32_t)(UINT32_C(1) << (32 + normalizer->shift));
  const int32_t zero_point = normalizer->zero_point;
  for (const int8_t *const stop = x + count; x != stop;) {
    const int32_t difference = (int32_t)((uint32_t)*x++ * (uint32_t)scale + (uint32_t)offset);
    const int32_t normalized = tinyml_add_rounded_high(0, difference, reciprocal);
    const int32_t sum = tinyml_add_rounded_high(*beta++, normalized * 4, *gamma++);
    *y++ = tinyml_saturate_s8(tinyml_requantize_onto(zero_point, sum, multiplier, unit));
  }
}
#endif

static inline void tinyml_normalize_run(const tinyml_normalizer *normalizer, int32_t count, const int8_t *x, int8_t *y,
                                        int32_t x_step, const int32_t *gamma, const int32_t *beta, int32_t step) {
  const int32_t any = normalizer->min == INT8_MIN && normalizer->max == INT8_MAX;
  if (x_step == 1 && step == 1 && normalizer->right <= 32 && normalizer->shift <= -2 && any) {
    tinyml_normalize_quick(normalizer, count, x, y, gamma, beta);
  } else {
    tinyml_normalize_any(normalizer, count, x, y, x_step, gamma, beta, step);
  }
}

#endif
