/* The inner loops of encode_stripes_s8. */
#ifndef TINYML_ENCODE_STRIPES_H
#define TINYML_ENCODE_STRIPES_H

#include "tinyml_stripes.h"

/* Bytes written from the end of a ring: those that were written first are overwritten where there is no room for all. */
typedef struct {
  uint8_t *at;          /* of the last one; `end` where there is none since a turn began */
  uint8_t *first, *end; /* of the ring */
  int32_t turns;        /* how often it was full */
} tinyml_stripe_ring;

static inline void tinyml_ring_emit(tinyml_stripe_ring *to, uint32_t state) {
  *--to->at = (uint8_t)state;
  if (to->at != to->first) return;
  to->at = to->end;
  to->turns++;
}

/* What makes cells of codes: sizes of the map, and the tables of a group. */
typedef struct {
  int32_t height, width, channels;
  const uint8_t *levels; /* of code 0 of the first channel */
  const int16_t *cells;
} tinyml_stripe_map;

#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && defined(__GNUC__)
#include "../armv7em/tinyml_encode_stripes.h"
#else

/* The cells of a group whose stripes are single positions. */
static inline void tinyml_cells_of_positions(const tinyml_stripe_grid *grid, const int8_t *image,
                                             const tinyml_stripe_map *map, int16_t *stripes) {
  const int32_t positions = grid->rows * grid->columns;
  for (int32_t i = 0; i < positions; i++, image += map->channels) {
    uint32_t cell = 0;
    for (int32_t k = 0; k < grid->count; k++) {
      cell += map->levels[k * TINYML_STRIPE_CODES + image[grid->channels[k]]];
    }
    stripes[i] = map->cells[cell % TINYML_STRIPE_CODES];
  }
}

/* The cells of squares of 2 x 2 positions, row by row, where no square is cut off. Returns how many rows. */
static inline int32_t tinyml_cells_of_fours(const tinyml_stripe_grid *grid, const int8_t *image,
                                            const tinyml_stripe_map *map, int16_t *stripes) {
  (void)grid;
  (void)image;
  (void)map;
  (void)stripes;
  return 0;
}

/* One symbol more in front of those that the state holds. */
static inline uint32_t tinyml_push_stripe(uint32_t state, tinyml_stripe_entry entry, tinyml_stripe_ring *to) {
  const uint32_t most = 1u << (TINYML_STRIPE_STATE + 8 - TINYML_STRIPE_BITS);
  uint32_t quotient = (uint32_t)(((uint64_t)state * entry.reciprocal) >> 32);
  for (int32_t k = 0; k < 2 && quotient >= most; k++) {
    tinyml_ring_emit(to, state);
    state >>= 8;
    quotient = (uint32_t)(((uint64_t)state * entry.reciprocal) >> 32);
  }
  return state + (uint32_t)((int16_t)quotient * (int16_t)entry.packed) + (entry.packed >> 16);
}

/* The stripes of a group, from the last to the first; before them is a row of zeros. */
static inline uint32_t tinyml_push_stripes(uint32_t state, const int16_t *stripes, const tinyml_stripe_grid *grid,
                                           const tinyml_stripe_entry *table, tinyml_stripe_ring *to) {
  for (int32_t row = grid->rows - 1; row >= 0; row--) {
    const int16_t *first = stripes + row * grid->columns;
    for (int32_t i = grid->columns - 1; i >= 0; i--) {
      const uint32_t left = i > 0 ? first[i - 1] & 1 : 0, above = first[i - grid->columns] & 1;
      const uint32_t symbol = (uint16_t)first[i] >> TINYML_STRIPE_SYMBOL;
      state = tinyml_push_stripe(state, table[TINYML_STRIPE_CONTEXTS * symbol + 2 * above + left], to);
    }
  }
  return state;
}

#endif

#endif
