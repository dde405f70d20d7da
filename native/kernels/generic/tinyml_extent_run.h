/* Least and greatest of many values, and values of sums: the inner loops of the float steps of training. */
#ifndef TINYML_EXTENT_RUN_H
#define TINYML_EXTENT_RUN_H

#include "tinyml_quantizer.h"

#if defined(__ARM_FP) && (__ARM_FP & 4) && defined(__GNUC__) && defined(__thumb2__)
#define TINYML_SINGLE_FPU
#endif

#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
#define TINYML_VECTOR_FPU
#endif

/* What sums of int32 become: times common * scale[i], or times `common` where scale is NULL, plus bias[i] where that is not. */
typedef struct {
  float common;
  const float *scale, *bias;
  int32_t is_usual; /* tinyml_is_usual of it */
} tinyml_rescaling;

/* Whether a factor, or a bias, is so far from the least numbers that no result is below the normal ones. */
static inline int32_t tinyml_is_far(float value, int32_t or_zero) {
  return (value == 0.0f && or_zero) || fabsf(value) >= 0x1p-60f;
}

/* The same of all factors and biases. */
static inline int32_t tinyml_is_usual(const tinyml_rescaling *by, int32_t count) {
  if (by->scale == 0 && !tinyml_is_far(by->common, 0)) return 0;
  for (int32_t i = 0; i < count; i++) {
    if (by->scale != 0 && !tinyml_is_far(by->common * by->scale[i], 0)) return 0;
    if (by->bias != 0 && !tinyml_is_far(by->bias[i], 1)) return 0;
  }
  return 1;
}

static inline float tinyml_rescaled(const tinyml_rescaling *by, int32_t sum, int32_t i) {
  const float value = (float)sum * (by->scale == 0 ? by->common : by->common * by->scale[i]);
  return by->bias == 0 ? value : value + by->bias[i];
}

#if defined(TINYML_VECTOR_FPU)
#include "../mve/tinyml_extent_run.h"
#elif defined(TINYML_SINGLE_FPU)
#include "../armv7em/tinyml_extent_run.h"
#else

/* output[i] = what sum i becomes, and the extent of all so far. */
static inline tinyml_extent tinyml_rescale_run(const tinyml_rescaling *by, const int32_t *sums, int32_t count, float *output,
                                               tinyml_extent seen) {
  for (int32_t i = 0; i < count; i++) {
    output[i] = tinyml_rescaled(by, sums[i], i);
    seen = tinyml_extend(seen, output[i]);
  }
  return seen;
}

static inline tinyml_extent tinyml_extend_run(tinyml_extent seen, const float *values, int32_t count) {
  for (int32_t i = 0; i < count; i++) seen = tinyml_extend(seen, values[i]);
  return seen;
}
#endif

#endif
