/* Sets of pixels, as bits: what tile lists are made of. */
#ifndef TINYML_TILE_SET_H
#define TINYML_TILE_SET_H

#include <stdint.h>

#include "tinyml_tiles.h"

/* As many columns at once as the processor has bits for. */
#if UINTPTR_MAX > UINT32_MAX
typedef uint64_t tinyml_columns;
#else
typedef uint32_t tinyml_columns;
#endif

enum { TINYML_COLUMNS = 8 * sizeof(tinyml_columns) };

typedef struct {
  tinyml_columns *bits; /* [rows][words] */
  uint16_t *begins;     /* [columns]: the last tile that began there */
  int32_t rows, columns, words;
} tinyml_tile_set;

/* An empty set, in scratch of (rows + 16) * 8 bytes per 64 columns. */
tinyml_tile_set tinyml_tile_set_in(void *scratch, int32_t rows, int32_t columns);

/* Adds a tile that lies within rows and columns. */
static inline void tinyml_tile_set_add(const tinyml_tile_set *set, tinyml_tile tile) {
  if (tile.y0 >= tile.y1) return;
  for (uint32_t from = (uint32_t)tile.x0, end = (uint32_t)tile.x1; from < end;) {
    const uint32_t bit = from % TINYML_COLUMNS, room = TINYML_COLUMNS - bit;
    const uint32_t next = end - from < room ? end : from + room;
    const tinyml_columns columns = (tinyml_columns)-1 >> (TINYML_COLUMNS - (next - from)) << bit;
    tinyml_columns *word = set->bits + tile.y0 * set->words + from / TINYML_COLUMNS;
    for (int32_t y = tile.y0; y < tile.y1; y++, word += set->words) *word |= columns;
    from = next;
  }
}

/* Writes the list of a set whose every bit stands for height x width pixels; of the whole image if it must be. */
void tinyml_tile_set_list(const tinyml_tile_set *set, int32_t height, int32_t width, int32_t whole, int32_t *tiles,
                          int32_t capacity);

#endif
