#include <string.h>

#include "../tinyml_kernels.h"
#include "tinyml_stripes.h"

/* The last symbol of a context that starts at the slot or before it. */
static uint32_t symbol_at(const tinyml_stripe_entry *entries, uint32_t symbols, uint32_t slot) {
  uint32_t symbol = 0, behind = symbols;
  while (behind - symbol > 1) {
    const uint32_t middle = (symbol + behind) / 2;
    if (entries[TINYML_STRIPE_CONTEXTS * middle].packed >> 16 <= slot) {
      symbol = middle;
    } else {
      behind = middle;
    }
  }
  return symbol;
}

/* The codes of a stripe at all its positions. */
static void write_stripe(const tinyml_stripe_grid *grid, const tinyml_decode_stripes_s8_params *p, int32_t row,
                         int32_t column, const int8_t *codes, int8_t *image) {
  const int32_t bottom = tinyml_clamp((row + 1) << grid->merge, 0, p->height);
  const int32_t right = tinyml_clamp((column + 1) << grid->merge, 0, p->width);
  for (int32_t y = row << grid->merge; y < bottom; y++) {
    for (int32_t x = column << grid->merge; x < right; x++) {
      int8_t *to = image + (y * p->width + x) * p->channels;
      for (int32_t k = 0; k < grid->count; k++) to[grid->channels[k]] = codes[k];
    }
  }
}

void tinyml_decode_stripes_s8(const tinyml_decode_stripes_s8_params *params, const uint8_t *bytes,
                              const int32_t *count, const int32_t *layout, const uint8_t *classes,
                              const int32_t *entries, const int8_t *centroids, const int8_t *fill, int8_t *image,
                              void *scratch) {
  const tinyml_decode_stripes_s8_params p = *params;
  const int32_t length = tinyml_clamp(count[0], 0, p.capacity), is_whole = count[1];
  const tinyml_stripe_entry *table = (const tinyml_stripe_entry *)(const void *)entries;
  uint8_t *symbols = scratch;
  uint32_t state = 0;
  int32_t at = 0;
  for (int32_t i = 0; i < p.height * p.width; i++) memcpy(image + i * p.channels, fill, (size_t)p.channels);
  while (at < length && at < TINYML_STRIPE_STATE_BYTES) state = state << 8 | bytes[at++];
  for (int32_t group = 0; group < p.groups; group++) {
    const tinyml_stripe_grid grid =
        tinyml_stripe_grid_of(layout + group * TINYML_STRIPE_GROUP, p.height, p.width, p.channels, p.symbols);
    const uint8_t *class = classes + group * TINYML_STRIPE_CODES;
    uint8_t *symbol = symbols;
    for (int32_t row = 0; row < grid.rows; row++) {
      for (int32_t column = 0; column < grid.columns; column++, symbol++) {
        while (state < 1u << TINYML_STRIPE_STATE && at < length) state = state << 8 | bytes[at++];
        if (state < 1u << TINYML_STRIPE_STATE && is_whole == 0) return;
        const uint32_t left = column > 0 ? class[symbol[-1]] : 0u, above = row > 0 ? class[symbol[-grid.columns]] : 0u;
        const tinyml_stripe_entry *own = table + TINYML_STRIPE_CONTEXTS * grid.first + left + 2 * above;
        const uint32_t slot = state & ((1u << TINYML_STRIPE_BITS) - 1u);
        const uint32_t found = symbol_at(own, (uint32_t)grid.symbols, slot);
        const uint32_t packed = own[TINYML_STRIPE_CONTEXTS * found].packed;
        const uint32_t frequency = (1u << TINYML_STRIPE_BITS) - (packed & 0xffffu);
        state = frequency * (state >> TINYML_STRIPE_BITS) + slot - (packed >> 16);
        *symbol = (uint8_t)found;
        write_stripe(&grid, &p, row, column,
                     centroids + (group * TINYML_STRIPE_CODES + (int32_t)found) * TINYML_STRIPE, image);
      }
    }
  }
}
