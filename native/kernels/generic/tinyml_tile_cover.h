/* The union of tiles that may overlap, as a list. */
#ifndef TINYML_TILE_COVER_H
#define TINYML_TILE_COVER_H

#include "tinyml_tile_list.h"
#include "tinyml_tiles.h"

/* One axis of what leads from the pixels of an image to those of another; `reach` goes from the first to the last tap. */
typedef struct {
  int32_t in, out, stride, pad, reach;
} tinyml_reach;

/* Tiles of a list, which are sorted, seen through windows. */
typedef struct {
  const int32_t *tiles;
  int32_t count, first; /* tiles before the first are above what is still looked at */
  tinyml_reach h, w;
} tinyml_tile_source;

/* Adds all rows of the union of the sources to a list. `row`: bits of the columns of the list. */
void tinyml_tile_cover(tinyml_tile_source *sources, int32_t count, tinyml_tile_list *list, uint32_t *row);

#endif
