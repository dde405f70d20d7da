#include <string.h>

#include "../tinyml_kernels.h"
#include "tinyml_tiles.h"

void tinyml_copy_tiles_s8(const tinyml_copy_tiles_s8_params *params, const int8_t *input, const int32_t *tiles,
                          int8_t *output, void *scratch) {
  const tinyml_copy_tiles_s8_params p = *params;
  const int32_t count = tinyml_tile_count(tiles, p.capacity);
  (void)scratch;
  for (int32_t i = 0; i < count; i++) {
    const tinyml_tile tile = tinyml_tile_at(tiles, i, p.height, p.width);
    if (tile.x0 >= tile.x1) continue;
    for (int32_t y = tile.y0; y < tile.y1; y++) {
      const int32_t at = (y * p.width + tile.x0) * p.channels;
      memcpy(output + at, input + at, (size_t)((tile.x1 - tile.x0) * p.channels));
    }
  }
}
