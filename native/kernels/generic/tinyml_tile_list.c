#include "tinyml_tile_list.h"

static inline int32_t trailing_zeros(uint32_t word) {
#if defined(__GNUC__)
  return __builtin_ctz(word);
#else
  int32_t zeros = 0;
  for (; (word & 1u) == 0; word >>= 1) zeros++;
  return zeros;
#endif
}

/* The tiles of a row as they are found: behind those of the list as far as there is room, and held against the last band. */
typedef struct {
  const int32_t *last;
  int32_t *to;
  int32_t found, known, room, same;
} band;

static inline void add_tile(band *b, tinyml_tile tile) {
  const int32_t *last = b->last + 4 * b->found;
  if (b->found < b->known) b->same = b->same && last[1] == tile.x0 && last[3] == tile.x1;
  if (b->found < b->room) {
    int32_t *to = b->to + 4 * b->found;
    to[0] = tile.y0;
    to[1] = tile.x0;
    to[2] = tile.y1;
    to[3] = tile.x1;
  }
  b->found++;
}

/* A run begins and ends where a bit differs from the one before it. */
void tinyml_tile_list_add(tinyml_tile_list *list, const uint32_t *row, int32_t y0, int32_t y1) {
  const int32_t columns = list->width / list->column, known = list->count - list->band;
  int32_t *last = list->tiles + 1 + 4 * list->band, *to = list->tiles + 1 + 4 * list->count;
  band b = {last, to, 0, known, list->capacity - list->count, known > 0 && last[2] == y0};
  tinyml_tile tile = {y0, -1, y1, 0};
  uint32_t before = 0;
  if (list->overflown) return;
  for (int32_t word = 0; 32 * word < columns; word++) {
    uint32_t edges = row[word] ^ (row[word] << 1 | before);
    before = row[word] >> 31;
    for (; edges != 0; edges &= edges - 1) {
      const int32_t column = (32 * word + trailing_zeros(edges)) * list->column;
      if (tile.x0 < 0) {
        tile.x0 = column;
      } else {
        tile.x1 = column;
        add_tile(&b, tile);
        tile.x0 = -1;
      }
    }
  }
  if (tile.x0 >= 0) {
    tile.x1 = list->width;
    add_tile(&b, tile);
  }
  if (b.same && b.found == known) {
    for (int32_t i = 0; i < known; i++) last[4 * i + 2] = y1;
    return;
  }
  list->overflown = b.found > b.room;
  list->band = list->count;
  list->count += list->overflown ? 0 : b.found;
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
  /* The tiles could be the fields of the list, for all that a compiler knows. */
  const int32_t count = list->count, capacity = list->capacity;
  tiles[0] = count;
  for (int32_t i = 1 + 4 * count; i < 1 + 4 * capacity; i++) tiles[i] = 0;
}
