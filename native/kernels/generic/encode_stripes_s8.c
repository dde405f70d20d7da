#include <string.h>

#include "../tinyml_kernels.h"
#include "tinyml_stripes.h"

/* Loops in functions of their own have the registers to themselves. */
#if defined(__GNUC__)
#define TINYML_APART __attribute__((noinline))
#else
#define TINYML_APART
#endif

/* Bytes written from the end of a ring: those that were written first are overwritten where there is no room for all. */
typedef struct {
  uint8_t *bytes;
  int32_t capacity, at, total;
} ring;

static inline void emit(ring *to, uint32_t state) {
  if (to->at == 0) to->at = to->capacity;
  to->bytes[--to->at] = (uint8_t)state;
  to->total++;
}

/* The symbols of a group whose stripes are single positions. */
TINYML_APART static void symbols_of_positions(const tinyml_stripe_grid *grid, const int8_t *image, int32_t channels,
                                 const uint8_t *levels, const uint8_t *cells, uint8_t *symbols) {
  const uint8_t *level = levels + 128;
  const int32_t c0 = grid->channels[0], c1 = grid->channels[1], c2 = grid->channels[2], c3 = grid->channels[3];
  const int32_t count = grid->rows * grid->columns;
  for (const uint8_t *end = symbols + count; symbols != end; image += channels) {
    const uint32_t cell = (uint32_t)level[image[c0]] + level[TINYML_STRIPE_CODES + image[c1]] +
                          level[2 * TINYML_STRIPE_CODES + image[c2]] + level[3 * TINYML_STRIPE_CODES + image[c3]];
    *symbols++ = cells[cell % TINYML_STRIPE_CODES];
  }
}

/* The symbols of a group whose stripes are squares of several positions: of the means of their codes. */
TINYML_APART static void symbols_of_squares(const tinyml_stripe_grid *grid, const int8_t *image,
                               const tinyml_encode_stripes_s8_params *p, const uint8_t *levels, const uint8_t *cells,
                               uint8_t *symbols) {
  const int32_t merge = grid->merge, side = 1 << merge, half = (side * side) >> 1;
  const int32_t c0 = grid->channels[0], c1 = grid->channels[1], c2 = grid->channels[2], c3 = grid->channels[3];
  for (int32_t row = 0; row < grid->rows; row++) {
    for (int32_t column = 0; column < grid->columns; column++) {
      int32_t sum0 = half, sum1 = half, sum2 = half, sum3 = half;
      for (int32_t dy = 0; dy < side; dy++) {
        const int32_t y = tinyml_clamp((row << merge) + dy, 0, p->height - 1);
        const int8_t *from = image + (y * p->width + (column << merge)) * p->channels;
        const int32_t last = p->width - 1 - (column << merge);
        for (int32_t dx = 0; dx < side; dx++) {
          sum0 += from[c0];
          sum1 += from[c1];
          sum2 += from[c2];
          sum3 += from[c3];
          if (dx < last) from += p->channels;
        }
      }
      const uint8_t *level = levels + 128;
      const uint32_t cell = (uint32_t)level[sum0 >> (2 * merge)] + level[TINYML_STRIPE_CODES + (sum1 >> (2 * merge))] +
                            level[2 * TINYML_STRIPE_CODES + (sum2 >> (2 * merge))] +
                            level[3 * TINYML_STRIPE_CODES + (sum3 >> (2 * merge))];
      *symbols++ = cells[cell % TINYML_STRIPE_CODES];
    }
  }
}

/* One symbol more in front of those that the state holds. */
static inline uint32_t push(uint32_t state, tinyml_stripe_entry entry, ring *to) {
  const uint32_t frequency = entry.packed & 0xffffu;
  const uint32_t limit = frequency << (TINYML_STRIPE_STATE + 8 - TINYML_STRIPE_BITS);
  if (state >= limit) {
    emit(to, state);
    state >>= 8;
    if (state >= limit) {
      emit(to, state);
      state >>= 8;
    }
  }
  const uint32_t quotient = (uint32_t)(((uint64_t)state * entry.reciprocal) >> 32);
  return state - quotient * frequency + (quotient << TINYML_STRIPE_BITS) + (entry.packed >> 16);
}

/* The symbols of a group, from the last to the first: `entries` has those of its contexts, one after the other. */
TINYML_APART static uint32_t push_group(uint32_t state, const uint8_t *symbols, const tinyml_stripe_grid *grid,
                           const uint8_t *classes, const tinyml_stripe_entry *entries, uint32_t stride, ring *to) {
  const int32_t columns = grid->columns;
  for (int32_t row = grid->rows - 1; row > 0; row--) {
    const uint8_t *first = symbols + row * columns, *at = first + columns - 1;
    uint32_t symbol = *at;
    for (; at != first; at--) {
      const uint32_t left = at[-1];
      const uint32_t context = (uint32_t)classes[at[-columns]] << 1 | classes[left];
      state = push(state, entries[context * stride + symbol], to);
      symbol = left;
    }
    state = push(state, entries[2u * classes[at[-columns]] * stride + symbol], to);
  }
  for (int32_t i = columns - 1; i > 0; i--) {
    state = push(state, entries[classes[symbols[i - 1]] * stride + symbols[i]], to);
  }
  return push(state, entries[symbols[0]], to);
}

static void reverse(uint8_t *from, uint8_t *end) {
  while (from < end) {
    const uint8_t byte = *from;
    *from++ = *--end;
    *end = byte;
  }
}

void tinyml_encode_stripes_s8(const tinyml_encode_stripes_s8_params *params, const int8_t *image,
                              const int32_t *layout, const uint8_t *levels, const uint8_t *cells,
                              const uint8_t *classes, const int32_t *entries, uint8_t *bytes, int32_t *count,
                              void *scratch) {
  const tinyml_encode_stripes_s8_params p = *params;
  const uint32_t stride = (uint32_t)p.symbols;
  ring to = {bytes, p.capacity, p.capacity, 0};
  uint8_t *symbols = scratch;
  uint32_t state = 1;
  for (int32_t group = p.groups - 1; group >= 0; group--) {
    const tinyml_stripe_grid grid =
        tinyml_stripe_grid_of(layout + group * TINYML_STRIPE_GROUP, p.height, p.width, p.channels);
    const uint8_t *own = levels + group * TINYML_STRIPE * TINYML_STRIPE_CODES;
    const uint8_t *map = cells + group * TINYML_STRIPE_CODES;
    if (grid.merge == 0) {
      symbols_of_positions(&grid, image, p.channels, own, map, symbols);
    } else {
      symbols_of_squares(&grid, image, &p, own, map, symbols);
    }
    const tinyml_stripe_entry *table =
        (const tinyml_stripe_entry *)(const void *)entries + (uint32_t)group * TINYML_STRIPE_CONTEXTS * stride;
    state = push_group(state, symbols, &grid, classes + group * TINYML_STRIPE_CODES, table, stride, &to);
  }
  for (int32_t k = 0; k < TINYML_STRIPE_STATE_BYTES; k++) emit(&to, state >> (8 * k));
  if (to.total > p.capacity) { /* the ring is full, and the stream begins in the middle of it */
    reverse(bytes, bytes + to.at);
    reverse(bytes + to.at, bytes + p.capacity);
    reverse(bytes, bytes + p.capacity);
    count[0] = p.capacity;
    count[1] = 0;
    return;
  }
  memmove(bytes, bytes + to.at, (size_t)to.total);
  memset(bytes + to.total, 0, (size_t)(p.capacity - to.total));
  count[0] = to.total;
  count[1] = 1;
}
