/* Rows of neighbours, of which each has a sum in the order of its elements: several side by side, so that they need not wait
 * for each other. */
#ifndef TINYML_ROWS_H
#define TINYML_ROWS_H

#include "../generic/tinyml_fma.h"
#include "elementary.h"

enum { TINYML_ROWS = 8 };

/* sums[row] of x[row * size + i], for `rows` <= TINYML_ROWS. */
static inline void tinyml_sum_of_rows(const float *x, int32_t rows, int32_t size, float *sums) {
  float totals[TINYML_ROWS] = {0};
  if (rows == TINYML_ROWS) {
    for (int32_t i = 0; i < size; i++) {
      TINYML_UNROLL
      for (int32_t row = 0; row < TINYML_ROWS; row++) totals[row] += x[row * size + i];
    }
  } else {
    for (int32_t i = 0; i < size; i++) {
      for (int32_t row = 0; row < rows; row++) totals[row] += x[row * size + i];
    }
  }
  memcpy(sums, totals, sizeof(totals));
}

/* Calls `body` for every vector of a row: `v` is what is there, of which `count` are of the row. */
#define TINYML_ROW(from, to, size, body)                                                      \
  do {                                                                                        \
    int32_t at = 0;                                                                           \
    for (; at <= (size) - TINYML_LANES; at += TINYML_LANES) {                                 \
      const tinyml_vec v = tinyml_load((from) + at);                                          \
      tinyml_store((to) + at, body);                                                          \
    }                                                                                         \
    if (at < (size)) {                                                                        \
      const tinyml_vec v = tinyml_load_first((from) + at, (size) - at);                       \
      tinyml_store_first((to) + at, body, (size) - at);                                       \
    }                                                                                         \
  } while (0)

#endif
