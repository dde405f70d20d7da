#include "../tinyml_kernels.h"
#include "tinyml_tile_set.h"

/* One axis of what leads from the pixels of an image to those of another; `reach` goes from the first to the last tap. */
typedef struct {
  int32_t in, out, stride, pad, reach;
} axis;

/* Of numbers that are not negative; strides are mostly 1 or 2, and divisions slow. */
static inline int32_t divide(int32_t dividend, int32_t divisor) {
  return divisor <= 2 ? dividend >> (divisor - 1) : dividend / divisor;
}

static inline int32_t reach_from(const axis *a, int32_t first) {
  const int32_t distance = first + a->pad - a->reach;
  if (first == 0 || distance <= 0) return 0;
  const int32_t from = divide(distance + a->stride - 1, a->stride);
  return from < a->out ? from : a->out;
}

static inline int32_t reach_to(const axis *a, int32_t end) {
  if (end == a->in) return a->out;
  const int32_t to = divide(end - 1 + a->pad, a->stride) + 1;
  return to < a->out ? to : a->out;
}

void tinyml_dilate_tiles_s32(const tinyml_dilate_tiles_s32_params *params, const int32_t *tiles, int32_t *dilated,
                             void *scratch) {
  const tinyml_dilate_tiles_s32_params p = *params;
  const axis h = {p.in_h, p.out_h, p.stride_h, p.pad_top, (p.kernel_h - 1) * p.dilation_h};
  const axis w = {p.in_w, p.out_w, p.stride_w, p.pad_left, (p.kernel_w - 1) * p.dilation_w};
  const int32_t count = tinyml_tile_count(tiles, p.capacity);
  const tinyml_tile_set set = tinyml_tile_set_in(scratch, p.out_h, p.out_w);
  for (int32_t i = 0; i < count; i++) {
    const tinyml_tile tile = tinyml_tile_at(tiles, i, p.in_h, p.in_w);
    if (tile.y0 >= tile.y1 || tile.x0 >= tile.x1) continue;
    const tinyml_tile reached = {reach_from(&h, tile.y0), reach_from(&w, tile.x0), reach_to(&h, tile.y1),
                                 reach_to(&w, tile.x1)};
    tinyml_tile_set_add(&set, reached);
  }
  tinyml_tile_set_list(&set, 1, 1, 0, dilated, p.capacity);
}
