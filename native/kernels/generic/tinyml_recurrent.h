/* What recurrent kernels of 8-bit codes share: products as inputs of gates. */
#ifndef TINYML_RECURRENT_H
#define TINYML_RECURRENT_H

#include "tinyml_gates.h"
#include "tinyml_row_sums.h"

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

/* A hidden state as the code that comes out. */
static inline int8_t tinyml_hidden(int32_t value, int32_t multiplier, int32_t shift, int32_t zero_point) {
  return (int8_t)tinyml_clamp(tinyml_int16(tinyml_requantize(value, multiplier, shift)) + zero_point, INT8_MIN, INT8_MAX);
}

#endif
