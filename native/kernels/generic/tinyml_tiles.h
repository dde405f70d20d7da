/* Tile lists: src/program/kernels/tile-list.ts says what they are. A list is never trusted: whatever it holds, tiles lie in
 * the image. */
#ifndef TINYML_TILES_H
#define TINYML_TILES_H

#include <stdint.h>

#include "tinyml_fixed_point.h"

/* Pixels y0 .. y1 - 1 by x0 .. x1 - 1. */
typedef struct {
  int32_t y0, x0, y1, x1;
} tinyml_tile;

/* The number of tiles of a list. */
static inline int32_t tinyml_tile_count(const int32_t *tiles, int32_t capacity) {
  return tinyml_clamp(tiles[0], 0, capacity);
}

/* A tile of a list, within the image: without rows or without columns if nothing of it is. */
static inline tinyml_tile tinyml_tile_at(const int32_t *tiles, int32_t index, int32_t height, int32_t width) {
  const int32_t *at = tiles + 1 + 4 * index;
  const tinyml_tile tile = {
      tinyml_clamp(at[0], 0, height),
      tinyml_clamp(at[1], 0, width),
      tinyml_clamp(at[2], 0, height),
      tinyml_clamp(at[3], 0, width),
  };
  return tile;
}

#endif
