/* What recurrent kernels of 16-bit codes share: products as inputs of gates. */
#ifndef TINYML_RECURRENT_S16_H
#define TINYML_RECURRENT_S16_H

#include "tinyml_gates.h"
#include "tinyml_wide_sums.h"

/* to[i] = row j of gate first + i * step, times x: in 2^-11, within 21 bits. */
static inline void tinyml_wide_gate_rows(const tinyml_product *product, int32_t j, int32_t first, int32_t step,
                                         int32_t gates, const int16_t *x, int32_t *to) {
  const int32_t count = product->count, start = first * product->hidden + j, distance = step * product->hidden;
  int64_t sums[TINYML_WIDE_ROWS];
  for (int32_t i = 0; i < gates; i++) sums[i] = product->bias[start + i * distance];
  tinyml_wide_sums(x, count, product->weights + start * count, distance * count, gates, sums);
  for (int32_t i = 0; i < gates; i++) {
    const int32_t row = start + i * distance;
    const int64_t value = tinyml_scale_wide(sums[i], product->multiplier[row], product->shift[row]);
    to[i] = value < -(1 << 20) ? -(1 << 20) : value > (1 << 20) - 1 ? (1 << 20) - 1 : (int32_t)value;
  }
}

/* A hidden state as the code that comes out. */
static inline int16_t tinyml_wide_hidden(int32_t value, int32_t multiplier, int32_t shift) {
  return tinyml_int16(tinyml_requantize(value, multiplier, shift));
}

#endif
