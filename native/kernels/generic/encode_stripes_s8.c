#include <string.h>

#include "../tinyml_kernels.h"
#include "tinyml_encode_stripes.h"

/* The cells of a row of squares: at the border the last row and column of the map count again. */
static void cells_of_squares(const tinyml_stripe_grid *grid, const int8_t *image, int32_t row,
                             const tinyml_stripe_map *map, int16_t *stripes) {
  const int32_t merge = grid->merge, side = 1 << merge, last = map->height - 1, right = map->width - 1;
  const int32_t top = row << merge, bytes = map->width * map->channels;
  const int8_t *first = image + top * bytes, *second = image + tinyml_clamp(top + 1, 0, last) * bytes;
  const int8_t *third = image + tinyml_clamp(top + 2, 0, last) * bytes;
  const int8_t *fourth = image + tinyml_clamp(top + 3, 0, last) * bytes;
  for (int32_t column = 0; column < grid->columns; column++) {
    const int32_t x = column << merge, c0 = x * map->channels;
    const int32_t c1 = tinyml_clamp(x + 1, 0, right) * map->channels - c0;
    const int32_t c2 = tinyml_clamp(x + 2, 0, right) * map->channels - c0;
    const int32_t c3 = tinyml_clamp(x + 3, 0, right) * map->channels - c0;
    uint32_t cell = 0;
    for (int32_t k = 0; k < grid->count; k++) {
      const int32_t channel = grid->channels[k] + c0;
      const int8_t *a = first + channel, *b = second + channel;
      int32_t sum = ((side * side) >> 1) + a[0] + a[c1] + b[0] + b[c1];
      if (merge == 2) {
        const int8_t *c = third + channel, *d = fourth + channel;
        sum += a[c2] + a[c3] + b[c2] + b[c3] + c[0] + c[c1] + c[c2] + c[c3] + d[0] + d[c1] + d[c2] + d[c3];
      }
      cell += map->levels[k * TINYML_STRIPE_CODES + (sum >> (2 * merge))];
    }
    stripes[column] = map->cells[cell % TINYML_STRIPE_CODES];
  }
}

static void reverse(uint8_t *from, uint8_t *end) {
  while (from < end) {
    const uint8_t byte = *from;
    *from++ = *--end;
    *end = byte;
  }
}

/* Words first: libraries for devices copy and clear bytes one by one. */
static void move_down(uint8_t *to, const uint8_t *from, int32_t count) {
  for (; count >= 4; count -= 4, to += 4, from += 4) {
    uint32_t word;
    memcpy(&word, from, sizeof word);
    memcpy(to, &word, sizeof word);
  }
  for (; count > 0; count--) *to++ = *from++;
}

static void clear(uint8_t *from, int32_t count) {
  static const uint32_t none[4] = {0, 0, 0, 0};
  for (; count >= 16; count -= 16, from += 16) memcpy(from, none, sizeof none);
  for (; count > 0; count--) *from++ = 0;
}

void tinyml_encode_stripes_s8(const tinyml_encode_stripes_s8_params *params, const int8_t *image,
                              const int32_t *layout, const uint8_t *levels, const int16_t *cells,
                              const int32_t *entries, uint8_t *bytes, int32_t *count, void *scratch) {
  const tinyml_encode_stripes_s8_params p = *params;
  const tinyml_stripe_entry *tables = (const tinyml_stripe_entry *)(const void *)entries;
  tinyml_stripe_ring to = {bytes + p.capacity, bytes, bytes + p.capacity, 0};
  int16_t *stripes = (int16_t *)scratch + p.width;
  uint32_t state = 1;
  for (int16_t *above = scratch; above != stripes; above++) *above = 0;
  for (int32_t group = p.groups - 1; group >= 0; group--) {
    const tinyml_stripe_grid grid =
        tinyml_stripe_grid_of(layout + group * TINYML_STRIPE_GROUP, p.height, p.width, p.channels, p.symbols);
    const tinyml_stripe_map map = {p.height, p.width, p.channels,
                                   levels + group * TINYML_STRIPE * TINYML_STRIPE_CODES + 128,
                                   cells + group * TINYML_STRIPE_CODES};
    if (grid.merge == 0) {
      tinyml_cells_of_positions(&grid, image, &map, stripes);
    } else {
      for (int32_t row = tinyml_cells_of_fours(&grid, image, &map, stripes); row < grid.rows; row++) {
        cells_of_squares(&grid, image, row, &map, stripes + row * grid.columns);
      }
    }
    state = tinyml_push_stripes(state, stripes, &grid, tables + TINYML_STRIPE_CONTEXTS * grid.first, &to);
  }
  for (int32_t k = 0; k < TINYML_STRIPE_STATE_BYTES; k++) tinyml_ring_emit(&to, state >> (8 * k));
  const int32_t free = (int32_t)(to.at - bytes), length = p.capacity - free;
  if (to.turns == 0) {
    move_down(bytes, to.at, length);
    clear(bytes + length, free);
    count[0] = length;
    count[1] = 1;
    return;
  }
  /* The ring is full, and the stream begins in the middle of it, but where it just fits. */
  reverse(bytes, to.at);
  reverse(to.at, bytes + p.capacity);
  reverse(bytes, bytes + p.capacity);
  count[0] = p.capacity;
  count[1] = to.turns == 1 && free == p.capacity;
}
