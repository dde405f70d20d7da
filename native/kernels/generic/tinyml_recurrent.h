/* What recurrent kernels share: products as inputs of gates, and the functions of gates. */
#ifndef TINYML_RECURRENT_H
#define TINYML_RECURRENT_H

#include "tinyml_fixed_point.h"
#include "tinyml_row_sums.h"

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

/* to[i] = row j of gate first + i * step, times x: in 2^-11, within 21 bits. */
static inline void tinyml_gate_rows(const tinyml_product *product, int32_t j, int32_t first, int32_t step, int32_t gates,
                                    const int8_t *x, int32_t *to) {
  const int32_t count = product->count, hidden = product->hidden, start = first * hidden + j;
  for (int32_t i = 0; i < gates; i++) to[i] = product->bias[start + i * step * hidden];
  tinyml_row_sums(x, count, product->weights + start * count, step * hidden * count, gates, to);
  for (int32_t i = 0; i < gates; i++) {
    const int32_t row = start + i * step * hidden;
    const int32_t value = tinyml_requantize(to[i], product->multiplier[row], product->shift[row]);
    to[i] = tinyml_clamp(value, -(1 << 20), (1 << 20) - 1);
  }
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

/* A hidden state as the code that comes out. */
static inline int8_t tinyml_hidden(int32_t value, int32_t multiplier, int32_t shift, int32_t zero_point) {
  return (int8_t)tinyml_clamp(tinyml_int16(tinyml_requantize(value, multiplier, shift)) + zero_point, INT8_MIN, INT8_MAX);
}

#endif
