#include "tinyml_mul_run.h"
#include "tinyml_tiles.h"

void tinyml_mul_tiles_s8(const tinyml_mul_tiles_s8_params *params, const int8_t *input1, const int8_t *input2,
                         const int32_t *tiles, int8_t *output, void *scratch) {
  /* The parameters begin with those of the dense kernel. A copy: to the compiler, storing an int8 might change them. */
  const tinyml_mul_s8_params dense = *(const tinyml_mul_s8_params *)(const void *)params;
  const int32_t height = params->height, width = params->width;
  const int32_t count = tinyml_tile_count(tiles, params->capacity);
  (void)scratch;
  for (int32_t i = 0; i < count; i++) {
    const tinyml_tile tile = tinyml_tile_at(tiles, i, height, width);
    for (int32_t y = tile.y0; y < tile.y1; y++) {
      tinyml_mul_run(&dense, y * width + tile.x0, y * width + tile.x1, input1, input2, output);
    }
  }
}
