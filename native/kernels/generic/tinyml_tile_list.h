/* Tile lists that are made: band by band, from a row of bits, one per column. */
#ifndef TINYML_TILE_LIST_H
#define TINYML_TILE_LIST_H

#include <stdint.h>

#include "tinyml_tiles.h"

/* A list that grows. */
typedef struct {
  int32_t *tiles;
  int32_t capacity, height, width;
  int32_t column; /* pixels per bit of a row */
  int32_t count, band; /* tiles, and the first one of the last band */
  int32_t overflown;   /* there were more tiles than the capacity */
} tinyml_tile_list;

/* Adds the columns of a row to rows y0 .. y1 - 1, which follow those added before. */
void tinyml_tile_list_add(tinyml_tile_list *list, const uint32_t *row, int32_t y0, int32_t y1);

/* Makes the list the whole image if it has overflown or must be, and sets what is left of it to zero. */
void tinyml_tile_list_end(tinyml_tile_list *list, int32_t whole);

#endif
