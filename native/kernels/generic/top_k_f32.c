#include <string.h>

#include "tinyml_rank.h"

/* The bits of a float as an integer in the same order; zeros are equal, NaN is the largest. */
static inline int32_t key_of(float value) {
  int32_t bits;
  if (value != value) return INT32_MAX;
  if (value == 0.0f) return 0;
  memcpy(&bits, &value, sizeof(bits));
  return bits ^ ((bits >> 31) & INT32_MAX);
}

TINYML_TOP_K(f32, float, key_of)
