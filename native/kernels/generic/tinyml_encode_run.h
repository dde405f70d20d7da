/* Codes of real values by a quantiser: the inner loops of encode_s8. */
#ifndef TINYML_ENCODE_RUN_H
#define TINYML_ENCODE_RUN_H

#include "tinyml_extent_run.h"

/* Where values and codes lie between, and what codes are rounded with. */
typedef struct {
  float inverse, zero_point;
  float bounds[2]; /* of values */
  float low, high; /* of codes */
  uint32_t key;    /* of random numbers */
} tinyml_encoding;

/* A code before it is rounded. */
static inline float tinyml_scaled_of(const tinyml_encoding *by, float value) {
  const float bounded = tinyml_between(value, by->bounds[0], by->bounds[1]);
  return tinyml_between(bounded * by->inverse + by->zero_point, by->low, by->high);
}

/* The nearest code. */
static inline int32_t tinyml_nearest_code(const tinyml_encoding *by, float value) {
  return (int32_t)tinyml_round_nearest(tinyml_scaled_of(by, value));
}

/* One of the two codes beside it. index: of the value */
static inline int32_t tinyml_random_code(const tinyml_encoding *by, float value, int32_t index) {
  return tinyml_round_stochastic(tinyml_scaled_of(by, value), by->key, (uint32_t)index);
}

/* Codes as they follow each other with the values: then the code of a value within bounds is within the codes of the bounds, and so
 * are those that are not NaN. */
static inline int32_t tinyml_is_rising(const tinyml_encoding *by) {
  return by->inverse > 0.0f && by->inverse <= 0x1p100f && by->bounds[0] <= by->bounds[1];
}

#if defined(TINYML_VECTOR_FPU)
#include "../mve/tinyml_encode_run.h"
#elif defined(TINYML_SINGLE_FPU) && defined(__ARM_FEATURE_DSP)
#include "../armv7em/tinyml_encode_run.h"
#else

/* The codes of so many values may lie over these: each is written once its value has been read. @returns values that it did */
static inline int32_t tinyml_encode_nearest(const tinyml_encoding *by, const float *values, int32_t count, int8_t *codes) {
  (void)by, (void)values, (void)count, (void)codes;
  return 0;
}

static inline int32_t tinyml_encode_random(const tinyml_encoding *by, const float *values, int32_t count, int8_t *codes) {
  (void)by, (void)values, (void)count, (void)codes;
  return 0;
}
#endif

#endif
