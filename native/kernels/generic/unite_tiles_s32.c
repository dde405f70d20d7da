#include "../tinyml_kernels.h"
#include "tinyml_tile_cover.h"

void tinyml_unite_tiles_s32(const tinyml_unite_tiles_s32_params *params, const int32_t *tiles1, const int32_t *tiles2,
                            int32_t *united, void *scratch) {
  const tinyml_unite_tiles_s32_params p = *params;
  const tinyml_reach h = {p.height, p.height, 1, 0, 0}, w = {p.width, p.width, 1, 0, 0};
  tinyml_tile_source sources[2] = {
      {.tiles = tiles1, .count = tinyml_tile_count(tiles1, p.capacity), .h = h, .w = w},
      {.tiles = tiles2, .count = tinyml_tile_count(tiles2, p.capacity), .h = h, .w = w},
  };
  tinyml_tile_list list = {
      .tiles = united, .capacity = p.capacity, .height = p.height, .width = p.width, .column = 1};
  tinyml_tile_cover(sources, 2, &list, scratch);
  tinyml_tile_list_end(&list, 0);
}
