/* Sums of float64 over the rows of [rows][channels], one chain per channel, many channels side by side. */
#ifndef TINYML_CHANNEL_CHAINS_H
#define TINYML_CHANNEL_CHAINS_H

#include "stream.h"

enum { TINYML_HALF = TINYML_LANES / 2 };
typedef float tinyml_half __attribute__((vector_size(2 * TINYML_LANES)));
typedef double tinyml_doubles __attribute__((vector_size(4 * TINYML_LANES)));

TINYML_INLINE tinyml_half tinyml_load_half(const float *from) {
  tinyml_half v;
  memcpy(&v, from, sizeof(v));
  return v;
}

TINYML_INLINE tinyml_doubles tinyml_double(tinyml_half v) {
  return __builtin_convertvector(v, tinyml_doubles);
}

/* Runs block(4), block(2) and block(1) for as many vectors of channels from `first` on, the last of which may overlap the one
 * before, and `few` where all channels are fewer. */
#define TINYML_CHANNEL_BLOCKS(channels, block, few)                                            \
  do {                                                                                         \
    const int32_t all_ = (channels);                                                           \
    int32_t first = 0;                                                                         \
    if (all_ < TINYML_HALF) {                                                                  \
      few;                                                                                     \
      break;                                                                                   \
    }                                                                                          \
    for (; first <= all_ - 4 * TINYML_HALF; first += 4 * TINYML_HALF) block(4);                \
    for (; first <= all_ - 2 * TINYML_HALF; first += 2 * TINYML_HALF) block(2);                \
    for (; first <= all_ - TINYML_HALF; first += TINYML_HALF) block(1);                        \
    if (first < all_) {                                                                        \
      first = all_ - TINYML_HALF;                                                              \
      block(1);                                                                                \
    }                                                                                          \
  } while (0)

TINYML_INLINE void tinyml_sum_block(int32_t vectors, const float *x, int32_t rows, int32_t channels, double *sums) {
  tinyml_doubles acc[4] = {{0}};
  for (int32_t row = 0; row < rows; row++, x += channels) {
    TINYML_UNROLL
    for (int32_t v = 0; v < vectors; v++) acc[v] += tinyml_double(tinyml_load_half(x + v * TINYML_HALF));
  }
  memcpy(sums, acc, (size_t)vectors * sizeof(tinyml_doubles));
}

static inline void tinyml_sum_few(const float *x, int32_t rows, int32_t channels, double *sums) {
  double acc[TINYML_HALF] = {0};
  for (int32_t row = 0; row < rows; row++) {
    for (int32_t c = 0; c < channels; c++) acc[c] += (double)*x++;
  }
  memcpy(sums, acc, (size_t)channels * sizeof(double));
}

/* Sums of every channel. */
static inline void tinyml_sum_channels(const float *x, int32_t rows, int32_t channels, double *sums) {
#define BLOCK(vectors) tinyml_sum_block(vectors, x + first, rows, channels, sums + first)
  TINYML_CHANNEL_BLOCKS(channels, BLOCK, tinyml_sum_few(x, rows, channels, sums));
#undef BLOCK
}

#endif
