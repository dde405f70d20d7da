#include "tinyml_tile_cover.h"

/* Sets the bits of columns from .. end - 1. */
static inline void mark(uint32_t *row, uint32_t from, uint32_t end) {
  while (from < end) {
    const uint32_t bit = from % 32, next = end - from < 32 - bit ? end : from - bit + 32;
    row[from / 32] |= UINT32_MAX >> (32 - (next - from)) << bit;
    from = next;
  }
}

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

/* Marks what a source has in row y. Returns the next row, at most `end`, in which that may differ. The tiles of a band are
 * seen in the same rows, which are worked out once. */
static int32_t mark_row(tinyml_tile_source *source, int32_t y, int32_t end, uint32_t *row) {
  const tinyml_reach h = source->h, w = source->w;
  int32_t above = 1, top = -1, bottom = -1, first = 0, last = 0;
  for (int32_t i = source->first; i < source->count; i++) {
    const tinyml_tile tile = tinyml_tile_at(source->tiles, i, h.in, w.in);
    if (tile.y0 >= tile.y1 || tile.x0 >= tile.x1) continue;
    if (tile.y0 != top || tile.y1 != bottom) {
      top = tile.y0;
      bottom = tile.y1;
      first = reach_from(h, top);
      last = reach_to(h, bottom);
    }
    if (above && last <= y) {
      source->first = i + 1;
      continue;
    }
    above = 0;
    if (first > y) return first < end ? first : end;
    if (last <= y) continue;
    mark(row, (uint32_t)reach_from(w, tile.x0), (uint32_t)reach_to(w, tile.x1));
    if (last < end) end = last;
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
