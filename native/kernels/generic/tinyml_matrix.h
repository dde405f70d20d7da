/* Matrices of int8 at any strides. */
#ifndef TINYML_MATRIX_H
#define TINYML_MATRIX_H

#include <stdint.h>

/* to[row][k] = from[row * row_stride + k * stride] */
static inline void tinyml_lay_out(int8_t *to, const int8_t *from, int32_t rows, int32_t row_stride, int32_t count,
                                  int32_t stride) {
  for (int32_t row = 0; row < rows; row++, from += row_stride, to += count) {
    const int8_t *x = from;
    for (int32_t k = 0; k < count; k++, x += stride) to[k] = *x;
  }
}

/* The sum of x[k] + offset. */
static inline int32_t tinyml_sum_of(const int8_t *x, int32_t count, int32_t offset) {
  int32_t sum = count * offset;
  for (int32_t k = 0; k < count; k++) sum += x[k];
  return sum;
}

#endif
