#include "../tinyml_kernels.h"
#include "tinyml_tiles.h"

void tinyml_lut_tiles_s8(const tinyml_lut_tiles_s8_params *params, const int8_t *input, const int32_t *tiles,
                         const int8_t *table, int8_t *output, void *scratch) {
  const tinyml_lut_tiles_s8_params p = *params;
  const int32_t count = tinyml_tile_count(tiles, p.capacity), channels = p.size / (p.height * p.width);
  (void)scratch;
  for (int32_t i = 0; i < count; i++) {
    const tinyml_tile tile = tinyml_tile_at(tiles, i, p.height, p.width);
    for (int32_t y = tile.y0; y < tile.y1; y++) {
      const int32_t end = (y * p.width + tile.x1) * channels;
      for (int32_t at = (y * p.width + tile.x0) * channels; at < end; at++) output[at] = table[input[at] + 128];
    }
  }
}
