/* int8 weights moved down their gradient, rounded at random: what sgd_s8 and what is fused with it share. */
#ifndef TINYML_DESCEND_H
#define TINYML_DESCEND_H

#include "tinyml_encode_run.h"

/* A step of weights of a row: code - per_code * gradient, within [-limit, limit]. key: of the random numbers */
typedef struct {
  float per_code, factor; /* what sums are multiplied with, to be gradients */
  int32_t limit;
  uint32_t key;
} tinyml_descent;

/* index: of the weight among all */
static inline int8_t tinyml_descended(const tinyml_descent *by, int32_t code, float gradient, uint32_t index) {
  const float moved = (float)code - by->per_code * gradient, limit = (float)by->limit;
  return (int8_t)tinyml_round_stochastic(tinyml_between(moved, -limit, limit), by->key, index);
}

/* Whether a sum of 0 leaves a code within the limit as it is. */
static inline int32_t tinyml_keeps(const tinyml_descent *by) {
  return fabsf(by->per_code) <= 0x1p100f && fabsf(by->factor) <= 0x1p100f;
}

#if defined(TINYML_VECTOR_FPU)
#include "../mve/tinyml_descend.h"
#elif defined(TINYML_SINGLE_FPU) && defined(__ARM_FEATURE_DSP)
#include "../armv7em/tinyml_descend.h"
#else

/* Steps of weights by the sums of their gradients. index: of the first weight */
static inline void tinyml_descend(const tinyml_descent *by, const int32_t *sums, int32_t count, int8_t *codes, uint32_t index) {
  const int32_t keeps = tinyml_keeps(by);
  for (int32_t i = 0; i < count; i++) {
    if (keeps && sums[i] == 0 && codes[i] >= -by->limit && codes[i] <= by->limit) continue;
    codes[i] = tinyml_descended(by, codes[i], (float)sums[i] * by->factor, index + (uint32_t)i);
  }
}
#endif

#endif
