/* What tiles are, which conv_tiles.h computes: two short rows of pixels of an image times one or two blocks of TINYML_LANES
 * output channels. */
#ifndef TINYML_SIMD_CONV_TILE_H
#define TINYML_SIMD_CONV_TILE_H

#include "layer.h"

enum { MAX_BLOCKS = 2, MOST_PIXELS = 8 };
static const int32_t max_pixels[MAX_BLOCKS + 1] = TINYML_MAX_PIXELS;

/* Elements that a read of one word may pass the end of the image by, and of a cache line. */
enum { SLACK = 64 };

/* What a sum runs over: runs of words, steps in elements. */
typedef struct {
  int32_t rows, columns, words;
  int64_t row_step, column_step;
} runs;

/* What is the same for all tiles of some blocks of output channels. Steps of the image are in elements, of the output in
 * bytes. */
typedef struct {
  runs runs;
  const int8_t *weights;
  ptrdiff_t block_bytes;        /* from the weights of one block to those of the next */
  int64_t pixel_step, row_step; /* from one pixel to the next, and row */
  const int64_t *rows;          /* where rows begin, if they are not row_step apart */
  ptrdiff_t output_step, output_row_step;
} tiles;

/* A tile: two rows of pixels in the image, and where their outputs go: in rows, or `apart` from the first on. */
typedef struct {
  const tinyml_element *image[2];
  int8_t *output[2];
  const int32_t *apart;
} place;

#endif
