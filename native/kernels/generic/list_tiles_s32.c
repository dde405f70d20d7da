#include "../tinyml_kernels.h"
#include "tinyml_tile_list.h"

void tinyml_list_tiles_s32(const tinyml_list_tiles_s32_params *params, const int8_t *mask, int32_t *tiles,
                           void *scratch) {
  const tinyml_list_tiles_s32_params p = *params;
  tinyml_tile_list list = {
      .tiles = tiles,
      .capacity = p.capacity,
      .height = p.rows * p.patch_h,
      .width = p.columns * p.patch_w,
      .column = p.patch_w,
  };
  uint32_t *bits = scratch;
  int32_t active = 0;
  for (int32_t row = 0; row < p.rows; row++, mask += p.columns) {
    for (int32_t word = 0; word < p.columns; word += 32) {
      const int32_t count = p.columns - word < 32 ? p.columns - word : 32;
      uint32_t set = 0;
      for (int32_t bit = 0; bit < count; bit++) {
        if (mask[word + bit] == 0) continue;
        set |= (uint32_t)1 << bit;
        active++;
      }
      bits[word / 32] = set;
    }
    tinyml_tile_list_add(&list, bits, row * p.patch_h, (row + 1) * p.patch_h);
  }
  tinyml_tile_list_end(&list, active > p.dense_above);
}
