/* Stripes of a feature map: src/program/kernels/stripes-s8.ts says what they are. No layout is trusted: its channels lie in the map. */
#ifndef TINYML_STRIPES_H
#define TINYML_STRIPES_H

#include <stdint.h>

#include "tinyml_fixed_point.h"

#define TINYML_STRIPE 4
#define TINYML_STRIPE_GROUP 8
#define TINYML_STRIPE_CODES 256
#define TINYML_STRIPE_CONTEXTS 4
#define TINYML_STRIPE_BITS 12
#define TINYML_STRIPE_SYMBOL 8
#define TINYML_STRIPE_STATE 15
#define TINYML_STRIPE_STATE_BYTES 3

/* Of a symbol in a context: ceil(2^32 / frequency), (2^12 - frequency) | start << 16. */
typedef struct {
  uint32_t reciprocal, packed;
} tinyml_stripe_entry;

/* The stripes of a group: squares of 1 << merge positions a side. */
typedef struct {
  int32_t channels[TINYML_STRIPE];
  int32_t merge, count, first, symbols; /* channels that there are; its table of symbols */
  int32_t rows, columns;
} tinyml_stripe_grid;

static inline tinyml_stripe_grid tinyml_stripe_grid_of(const int32_t *layout, int32_t height, int32_t width,
                                                       int32_t channels, int32_t symbols) {
  tinyml_stripe_grid grid;
  for (int32_t k = 0; k < TINYML_STRIPE; k++) grid.channels[k] = tinyml_clamp(layout[k], 0, channels - 1);
  grid.merge = tinyml_clamp(layout[TINYML_STRIPE], 0, 2);
  grid.count = tinyml_clamp(layout[TINYML_STRIPE + 1], 1, TINYML_STRIPE);
  grid.first = tinyml_clamp(layout[TINYML_STRIPE + 2], 0, symbols - TINYML_STRIPE_CODES);
  grid.symbols = tinyml_clamp(layout[TINYML_STRIPE + 3], 1, TINYML_STRIPE_CODES);
  grid.rows = (height + (1 << grid.merge) - 1) >> grid.merge;
  grid.columns = (width + (1 << grid.merge) - 1) >> grid.merge;
  return grid;
}

#endif
