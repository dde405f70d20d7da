#include "../tinyml_kernels.h"
#include "tinyml_tile_set.h"

static void add(const tinyml_tile_set *set, const int32_t *tiles, int32_t capacity) {
  const int32_t count = tinyml_tile_count(tiles, capacity);
  for (int32_t i = 0; i < count; i++) tinyml_tile_set_add(set, tinyml_tile_at(tiles, i, set->rows, set->columns));
}

void tinyml_unite_tiles_s32(const tinyml_unite_tiles_s32_params *params, const int32_t *tiles1, const int32_t *tiles2,
                            int32_t *united, void *scratch) {
  const tinyml_unite_tiles_s32_params p = *params;
  const tinyml_tile_set set = tinyml_tile_set_in(scratch, p.height, p.width);
  add(&set, tiles1, p.capacity);
  add(&set, tiles2, p.capacity);
  tinyml_tile_set_list(&set, 1, 1, 0, united, p.capacity);
}
