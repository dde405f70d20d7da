#include "tinyml_tile_set.h"

#include <string.h>

static inline int32_t trailing_zeros(tinyml_columns word) {
#if defined(__GNUC__)
  return sizeof(word) == 8 ? __builtin_ctzll(word) : __builtin_ctz((uint32_t)word);
#else
  int32_t zeros = 0;
  for (; (word & 1u) == 0; word >>= 1) zeros++;
  return zeros;
#endif
}

tinyml_tile_set tinyml_tile_set_in(void *scratch, int32_t rows, int32_t columns) {
  const int32_t words = (columns + TINYML_COLUMNS - 1) / TINYML_COLUMNS;
  tinyml_columns *bits = scratch;
  /* Two bytes per column are as much as 16 rows of bits. */
  const tinyml_tile_set set = {bits, (uint16_t *)(void *)(bits + rows * words), rows, columns, words};
  memset(bits, 0, (size_t)(rows + 16) * (size_t)words * sizeof(*bits));
  return set;
}

/* A list that grows, downwards. */
typedef struct {
  int32_t *tiles;
  int32_t count, capacity;
} list;

/* Adds a run to the tile right above it that has its columns, or as a tile. Whether there was room. */
static inline int add_run(list *l, uint16_t *begins, tinyml_tile run, int32_t height, int32_t width) {
  const int32_t y0 = run.y0 * height, x0 = run.x0 * width, y1 = run.y1 * height, x1 = run.x1 * width;
  uint16_t *last = begins + run.x0;
  const int32_t *above = l->tiles + 1 + 4 * *last;
  /* One of the two is as likely as the other: no branches. */
  const int32_t goes_on = (*last < l->count) & (above[2] == y0) & (above[1] == x0) & (above[3] == x1);
  const int32_t index = goes_on ? *last : l->count, top = goes_on ? above[0] : y0;
  if (index == l->capacity) return 0;
  int32_t *tile = l->tiles + 1 + 4 * index;
  tile[0] = top;
  tile[1] = x0;
  tile[2] = y1;
  tile[3] = x1;
  *last = (uint16_t)index;
  l->count += !goes_on;
  return 1;
}

/* Adds the runs of rows y0 .. y1 - 1, which are the same: one begins and one ends where a bit differs from the one before. */
static inline int add_rows(list *l, const tinyml_tile_set *set, int32_t y0, int32_t y1, int32_t height, int32_t width) {
  const tinyml_columns *row = set->bits + y0 * set->words;
  tinyml_tile run = {y0, -1, y1, 0};
  tinyml_columns before = 0;
  for (int32_t word = 0; word < set->words; word++) {
    tinyml_columns edges = row[word] ^ (row[word] << 1 | before);
    before = row[word] >> (TINYML_COLUMNS - 1);
    if (run.x0 >= 0 && edges != 0) {
      run.x1 = TINYML_COLUMNS * word + trailing_zeros(edges);
      if (!add_run(l, set->begins, run, height, width)) return 0;
      run.x0 = -1;
      edges &= edges - 1;
    }
    while (edges != 0) {
      run.x0 = TINYML_COLUMNS * word + trailing_zeros(edges);
      edges &= edges - 1;
      if (edges == 0) break; /* the run goes on in the next word */
      run.x1 = TINYML_COLUMNS * word + trailing_zeros(edges);
      edges &= edges - 1;
      if (!add_run(l, set->begins, run, height, width)) return 0;
      run.x0 = -1;
    }
  }
  run.x1 = set->columns;
  return run.x0 < 0 || add_run(l, set->begins, run, height, width);
}

static inline int same_row(const tinyml_columns *row, int32_t words) {
  for (int32_t i = 0; i < words; i++) {
    if (row[i] != row[words + i]) return 0;
  }
  return 1;
}

void tinyml_tile_set_list(const tinyml_tile_set *same, int32_t height, int32_t width, int32_t whole, int32_t *tiles,
                          int32_t capacity) {
  const tinyml_tile_set set = *same; /* tiles could be its fields, for all that a compiler knows */
  list l = {tiles, 0, capacity};
  for (int32_t y0 = 0, y1; y0 < set.rows && !whole; y0 = y1) {
    for (y1 = y0 + 1; y1 < set.rows && same_row(set.bits + (y1 - 1) * set.words, set.words);) y1++;
    whole = !add_rows(&l, &set, y0, y1, height, width);
  }
  if (whole) {
    l.count = 1;
    tiles[1] = 0;
    tiles[2] = 0;
    tiles[3] = set.rows * height;
    tiles[4] = set.columns * width;
  }
  tiles[0] = l.count;
  memset(tiles + 1 + 4 * l.count, 0, (size_t)(capacity - l.count) * 4 * sizeof(int32_t));
}
