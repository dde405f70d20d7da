/* int8 weights moved down their gradient, rounded at random: what sgd_s8 and what is fused with it share. */
#ifndef TINYML_DESCEND_H
#define TINYML_DESCEND_H

#include "tinyml_quantizer.h"

/* A step of a row of weights: code - per_code * gradient, within [-limit, limit]. key: of the random numbers */
typedef struct {
  float per_code, limit;
  uint32_t key;
} tinyml_descent;

/* index: of the weight among all */
static inline int8_t tinyml_descended(const tinyml_descent *descent, int32_t code, float gradient, uint32_t index) {
  const float moved = (float)code - descent->per_code * gradient;
  return (int8_t)tinyml_round_stochastic(tinyml_between(moved, -descent->limit, descent->limit), descent->key, index);
}

#endif
