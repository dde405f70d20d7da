/* Sum and sum of squares of int8 that lie one after the other: the first half of a normalisation. */
#ifndef TINYML_MOMENTS_H
#define TINYML_MOMENTS_H

#include <stdint.h>

/* Both wrap at 32 bits. */
typedef struct {
  uint32_t sum, squares;
} tinyml_moments;

#if defined(__ARM_FEATURE_MVE)
#include "../mve/tinyml_moments.h"
#elif defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#include "../armv7em/tinyml_moments.h"
#else

static inline tinyml_moments tinyml_moments_of(const int8_t *x, int32_t count) {
  tinyml_moments result = {0, 0};
  for (int32_t k = 0; k < count; k++) {
    const int32_t value = x[k];
    result.sum += (uint32_t)value;
    result.squares += (uint32_t)(value * value);
  }
  return result;
}
#endif

#endif
