/* Products of int16 that lie one after the other, summed in 64 bits. */
#ifndef TINYML_LONG_DOT_H
#define TINYML_LONG_DOT_H

#include <stdint.h>

#if defined(__ARM_FEATURE_MVE)
#include "../mve/tinyml_long_dot.h"
#elif defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#include "../armv7em/tinyml_long_dot.h"
#else

static inline int64_t tinyml_long_dot(const int16_t *x, const int16_t *w, int32_t count) {
  int64_t sum = 0;
  for (int32_t k = 0; k < count; k++) sum += (int32_t)x[k] * w[k];
  return sum;
}
#endif

#endif
