#include "tinyml_tile_list.h"

void tinyml_tile_list_mark(uint32_t *row, int32_t from, int32_t end) {
  while (from < end) {
    const int32_t bit = from % 32, next = end - from < 32 - bit ? end : from - bit + 32;
    row[from / 32] |= UINT32_MAX >> (32 - (next - from)) << bit;
    from = next;
  }
}

static inline int32_t trailing_zeros(uint32_t word) {
#if defined(__GNUC__)
  return __builtin_ctz(word);
#else
  int32_t zeros = 0;
  for (; (word & 1u) == 0; word >>= 1) zeros++;
  return zeros;
#endif
}

/* The first column from `from` on whose bit differs from those of `unlike`, or the number of columns. */
static int32_t next_column(const uint32_t *row, int32_t from, int32_t columns, uint32_t unlike) {
  while (from < columns) {
    const uint32_t left = (row[from / 32] ^ unlike) >> (from % 32);
    if (left == 0) {
      from = (from / 32 + 1) * 32;
      continue;
    }
    from += trailing_zeros(left);
    return from < columns ? from : columns;
  }
  return columns;
}

/* Whether the runs of a row are those of the last band. */
static int is_last_band(const tinyml_tile_list *list, const uint32_t *row, int32_t columns) {
  int32_t column = next_column(row, 0, columns, 0);
  for (int32_t i = list->band; i < list->count; i++) {
    const int32_t *tile = list->tiles + 1 + 4 * i;
    const int32_t end = next_column(row, column, columns, UINT32_MAX);
    if (tile[1] != column * list->column || tile[3] != end * list->column) return 0;
    column = next_column(row, end, columns, 0);
  }
  return column == columns;
}

void tinyml_tile_list_add(tinyml_tile_list *list, const uint32_t *row, int32_t y0, int32_t y1) {
  const int32_t columns = list->width / list->column;
  if (list->overflown) return;
  if (list->band < list->count && list->tiles[3 + 4 * list->band] == y0 && is_last_band(list, row, columns)) {
    for (int32_t i = list->band; i < list->count; i++) list->tiles[3 + 4 * i] = y1;
    return;
  }
  list->band = list->count;
  for (int32_t column = next_column(row, 0, columns, 0); column < columns;) {
    const int32_t end = next_column(row, column, columns, UINT32_MAX);
    if (list->count == list->capacity) {
      list->overflown = 1;
      return;
    }
    int32_t *tile = list->tiles + 1 + 4 * list->count++;
    tile[0] = y0;
    tile[1] = column * list->column;
    tile[2] = y1;
    tile[3] = end * list->column;
    column = next_column(row, end, columns, 0);
  }
}

void tinyml_tile_list_end(tinyml_tile_list *list, int32_t whole) {
  int32_t *tiles = list->tiles;
  if (whole || list->overflown) {
    list->count = 1;
    tiles[1] = 0;
    tiles[2] = 0;
    tiles[3] = list->height;
    tiles[4] = list->width;
  }
  tiles[0] = list->count;
  for (int32_t i = 1 + 4 * list->count; i < 1 + 4 * list->capacity; i++) tiles[i] = 0;
}
