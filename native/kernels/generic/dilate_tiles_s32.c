#include "../tinyml_kernels.h"
#include "tinyml_tile_cover.h"

void tinyml_dilate_tiles_s32(const tinyml_dilate_tiles_s32_params *params, const int32_t *tiles, int32_t *dilated,
                             void *scratch) {
  const tinyml_dilate_tiles_s32_params p = *params;
  tinyml_tile_source source = {
      .tiles = tiles,
      .count = tinyml_tile_count(tiles, p.capacity),
      .h = {p.in_h, p.out_h, p.stride_h, p.pad_top, (p.kernel_h - 1) * p.dilation_h},
      .w = {p.in_w, p.out_w, p.stride_w, p.pad_left, (p.kernel_w - 1) * p.dilation_w},
  };
  tinyml_tile_list list = {
      .tiles = dilated, .capacity = p.capacity, .height = p.out_h, .width = p.out_w, .column = 1};
  tinyml_tile_cover(&source, 1, &list, scratch);
  tinyml_tile_list_end(&list, 0);
}
