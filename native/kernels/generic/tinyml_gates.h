/* What recurrent kernels share, be their codes of 8 or 16 bits: what products are made of, and the functions of gates. */
#ifndef TINYML_GATES_H
#define TINYML_GATES_H

#include "tinyml_fixed_point.h"

/* One of the two products of a cell: `hidden` rows of `count` for every gate. */
typedef struct {
  const int8_t *weights;
  const int32_t *bias, *multiplier, *shift;
  int32_t count, hidden;
} tinyml_product;

static inline int16_t tinyml_int16(int32_t x) {
  return (int16_t)tinyml_clamp(x, INT16_MIN, INT16_MAX);
}

/* x / 2^15 rounded to the nearest, ties up. */
static inline int32_t tinyml_q15(int32_t x) {
  return (x + (1 << 14)) >> 15;
}

/* The logistic function of x in 2^-11, in 2^-15: straight lines between the entries of the table. */
static inline int32_t tinyml_logistic(const int16_t *table, int32_t x) {
  const int32_t code = tinyml_int16(x);
  const int16_t *at = table + 256 + (code >> 7);
  const int32_t value = at[0] + (((at[1] - at[0]) * (code & 127) + 64) >> 7);
  return value < 0 ? 0 : value;
}

/* The hyperbolic tangent of x in 2^-11, in 2^-15: twice the logistic function of 2x, less one. */
static inline int32_t tinyml_tangent(const int16_t *table, int32_t x) {
  return 2 * tinyml_logistic(table, 2 * tinyml_int16(x)) - (1 << 15);
}

#endif
