#include "tinyml_tile_cover.h"

static inline int32_t reach_from(tinyml_reach axis, int32_t first) {
  const int32_t distance = first + axis.pad - axis.reach;
  if (first == 0 || distance <= 0) return 0;
  const int32_t from = (distance + axis.stride - 1) / axis.stride;
  return from < axis.out ? from : axis.out;
}

static inline int32_t reach_to(tinyml_reach axis, int32_t end) {
  if (end == axis.in) return axis.out;
  const int32_t to = (end - 1 + axis.pad) / axis.stride + 1;
  return to < axis.out ? to : axis.out;
}

/* A tile as it is seen: without rows or without columns if it is not. */
static tinyml_tile seen(const tinyml_tile_source *source, int32_t index) {
  const tinyml_tile tile = tinyml_tile_at(source->tiles, index, source->h.in, source->w.in);
  if (tile.y0 >= tile.y1 || tile.x0 >= tile.x1) return (tinyml_tile){0, 0, 0, 0};
  const tinyml_tile result = {
      reach_from(source->h, tile.y0),
      reach_from(source->w, tile.x0),
      reach_to(source->h, tile.y1),
      reach_to(source->w, tile.x1),
  };
  return result;
}

/* Marks what a source has in row y. Returns the next row, at most `end`, in which that may differ. */
static int32_t mark_row(tinyml_tile_source *source, int32_t y, int32_t end, uint32_t *row) {
  int32_t above = 1;
  for (int32_t i = source->first; i < source->count; i++) {
    const tinyml_tile tile = seen(source, i);
    if (above && tile.y1 <= y) {
      source->first = i + 1;
      continue;
    }
    above = 0;
    if (tile.y0 > y) return tile.y0 < end ? tile.y0 : end;
    if (tile.y1 <= y) continue;
    tinyml_tile_list_mark(row, tile.x0, tile.x1);
    if (tile.y1 < end) end = tile.y1;
  }
  return end;
}

void tinyml_tile_cover(tinyml_tile_source *sources, int32_t count, tinyml_tile_list *list, uint32_t *row) {
  for (int32_t y = 0, next; y < list->height; y = next) {
    next = list->height;
    for (int32_t i = 0; i < (list->width + 31) / 32; i++) row[i] = 0;
    for (int32_t i = 0; i < count; i++) next = mark_row(&sources[i], y, next, row);
    tinyml_tile_list_add(list, row, y, next);
  }
}
