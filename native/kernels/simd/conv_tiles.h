/* Tiles, all in registers. Whoever includes this has said before where sums come from and go to: for a type `work` with a
 * member `tiles`,
 *   start_sums(w, at, blocks, pixels, sums) and end_sums(w, at, blocks, pixels, apart, sums),
 * where sums[i * blocks + n] is that of pixel i and block n; `apart`: every pixel has a place of its own. */
#ifndef TINYML_SIMD_CONV_TILES_H
#define TINYML_SIMD_CONV_TILES_H

#include "conv_words.h"

/* Bytes of the weights that are fetched before they are used: those of large layers come from far away. */
enum { FETCHED_AHEAD = 4096 };

TINYML_INLINE void tile(const work *w, const place *at, const int32_t blocks, const int32_t pixels, const bool apart) {
  const runs *r = &w->tiles.runs;
  tinyml_vec sums[2 * MOST_PIXELS * MAX_BLOCKS];
  start_sums(w, at, blocks, pixels, sums);
  const int8_t *weights = w->tiles.weights;
  const ptrdiff_t block_bytes = w->tiles.block_bytes;
  ptrdiff_t step = (ptrdiff_t)w->tiles.pixel_step * (ptrdiff_t)sizeof(tinyml_element), step3 = 3 * step;
  ptrdiff_t step5 = 5 * step, step7 = 7 * step;
  for (int32_t row = 0; row < r->rows; row++) {
    for (int32_t column = 0; column < r->columns; column++) {
      const int64_t offset = row * r->row_step + column * r->column_step;
      const tinyml_element *a = at->image[0] + offset, *b = at->image[1] + offset;
      const tinyml_element *end = a + TINYML_WORD * (ptrdiff_t)r->words;
      if (TINYML_CHUNK > 1) {
        const ptrdiff_t elements = TINYML_CHUNK * TINYML_WORD;
        for (; end - a >= elements; a += elements, b += elements, weights += TINYML_CHUNK * WEIGHTS) {
          __asm__("" : "+r"(step), "+r"(step3)); /* keeps multiples of the steps in addresses, not in registers */
          TINYML_UNROLL
          for (int32_t n = 0; n < blocks; n++) __builtin_prefetch(weights + n * block_bytes + FETCHED_AHEAD, 0, 3);
          add_chunk(sums, a, b, step, step3, step5, step7, weights, block_bytes, blocks, pixels);
        }
      }
      for (; a != end; a += TINYML_WORD, b += TINYML_WORD, weights += WEIGHTS) {
        __asm__("" : "+r"(step), "+r"(step3));
        add_word(sums, a, b, step, step3, step5, step7, weights, block_bytes, blocks, pixels);
      }
    }
  }
  end_sums(w, at, blocks, pixels, apart, sums);
}

/* Tiles with more pixels than max_pixels are never called, and empty. */
#define TILE(blocks, pixels)                                                                       \
  static __attribute__((noinline)) void tile_##blocks##x##pixels(const work *w, const place *at) { \
    if (pixels <= max_pixels[blocks]) tile(w, at, blocks, pixels, false);                                 \
  }
TILE(1, 1)
TILE(1, 2)
TILE(1, 3)
TILE(1, 4)
TILE(1, 5)
TILE(1, 6)
TILE(1, 7)
TILE(1, 8)
TILE(2, 1)
TILE(2, 2)
TILE(2, 3)
TILE(2, 4)
TILE(2, 5)
TILE(2, 6)
TILE(2, 7)

static void (*const tile_functions[MAX_BLOCKS + 1][MOST_PIXELS + 1])(const work *, const place *) = {
    {0},
    {0, tile_1x1, tile_1x2, tile_1x3, tile_1x4, tile_1x5, tile_1x6, tile_1x7, tile_1x8},
    {0, tile_2x1, tile_2x2, tile_2x3, tile_2x4, tile_2x5, tile_2x6, tile_2x7},
};

static int32_t divide_up(int32_t a, int32_t b) {
  return (a + b - 1) / b;
}

/* Pixels of one row, in tiles of two parts of it with at most `half` pixels each. */
static void run_row(const work *w, int32_t blocks, const tinyml_element *image, int8_t *output, int32_t width,
                    int32_t half) {
  for (int32_t x = 0; x < width; x += 2 * half) {
    const int32_t rest = width - x, part = rest < 2 * half ? (rest + 1) / 2 : half;
    const int32_t b = x + (rest < 2 * part ? rest - part : part);
    const place at = {{image + x * w->tiles.pixel_step, image + b * w->tiles.pixel_step},
                      {output + x * w->tiles.output_step, output + b * w->tiles.output_step},
                      NULL};
    tile_functions[blocks][part](w, &at);
  }
}

/* Pixels of two rows, in tiles of at most `side` pixels of each. */
static void run_pair(const work *w, int32_t blocks, const tinyml_element *image, int64_t next_row, int8_t *output,
                     int32_t width, int32_t side) {
  for (int32_t x = 0; x < width; x += side) {
    const tinyml_element *pixel = image + x * w->tiles.pixel_step;
    int8_t *to = output + x * w->tiles.output_step;
    const place at = {{pixel, pixel + next_row}, {to, to + w->tiles.output_row_step}, NULL};
    tile_functions[blocks][width - x < side ? width - x : side](w, &at);
  }
}

static int64_t row_begin(const tiles *t, int32_t row) {
  return t->rows == NULL ? row * t->row_step : t->rows[row];
}

/* How rows are cut: tiles of two parts of one row of `half` pixels, or of `side` pixels of two. */
typedef struct {
  int32_t half, side;
  bool pairs; /* makes fewer tiles, or as many in which no pixel is computed twice */
} cut;

static cut cut_of(int32_t width, int32_t most) {
  if (width <= most) { /* short rows are many, and divisions slow */
    const cut c = {(width + 1) / 2, width, true};
    return c;
  }
  if (width <= 2 * most) {
    const cut c = {(width + 1) / 2, (width + 1) / 2, width % 2 == 1};
    return c;
  }
  cut c;
  c.half = divide_up(divide_up(width, divide_up(width, 2 * most)), 2);
  c.side = divide_up(width, divide_up(width, most));
  c.pairs = width % 2 == 1 || divide_up(width, c.side) < 2 * divide_up(width, 2 * c.half);
  return c;
}

/* All pixels of an image of `rows` rows of `width`. */
static void run_blocks(const work *w, int32_t blocks, const tinyml_element *image, int8_t *output, int32_t rows,
                       int32_t width) {
  const cut c = cut_of(width, max_pixels[blocks]);
  for (int32_t row = 0; row < rows;) {
    const int64_t begin = row_begin(&w->tiles, row);
    const tinyml_element *from = image + begin;
    int8_t *to = output + row * w->tiles.output_row_step;
    if (c.pairs && row + 1 < rows) {
      run_pair(w, blocks, from, row_begin(&w->tiles, row + 1) - begin, to, width, c.side);
      row += 2;
    } else {
      run_row(w, blocks, from, to, width, c.half);
      row += 1;
    }
  }
}

#endif
