/* Convolutions whose windows are one pixel, on tiles: pixels of many tiles are gathered side by side and become one row, so
 * that none is computed twice and all go in tiles of registers of one size. Every pixel has a place of its own. */
#ifndef TINYML_SIMD_CONV_GATHERED_H
#define TINYML_SIMD_CONV_GATHERED_H

/* Pixels that are gathered before they are computed, a multiple of what tiles of registers take; or those of a row, if
 * these are more. */
enum { LEAST_GATHERED = 336 };

typedef struct {
  const params *p;
  const layout *l;
  const void *packed;
  int8_t *output;
  tinyml_element *pixels; /* [most][in_channels] */
  int32_t *places;        /* [most]: of the outputs of a pixel, in bytes behind those of the first */
  tinyml_vec steps;       /* from a place to those that follow in its row */
  int32_t most, count;
} gathered;

static bool each_pixel_alone(const params *p) {
  const bool window = p->kernel_h == 1 && p->kernel_w == 1 && p->stride_h == 1 && p->stride_w == 1;
  return window && p->pad_top == 0 && p->pad_left == 0 && p->in_h == p->out_h && p->in_w == p->out_w && p->groups == 1;
}

static int32_t most_gathered(const params *p) {
  return p->out_w < LEAST_GATHERED ? LEAST_GATHERED : p->out_w;
}

static int64_t places_bytes(const params *p) {
  return ((int64_t)most_gathered(p) + TINYML_LANES) * (int64_t)sizeof(int32_t);
}

/* Places, which are written a vector at a time, then pixels with what a read of a word may pass their end by. */
static int64_t gathered_bytes(const params *p, const layout *l) {
  return places_bytes(p) + ((int64_t)most_gathered(p) * l->pixel_step + SLACK) * (int64_t)sizeof(tinyml_element);
}

static gathered gathered_in(void *scratch, const params *p, const layout *l, const void *packed, int8_t *output) {
  int32_t steps[TINYML_LANES];
  for (int32_t i = 0; i < TINYML_LANES; i++) steps[i] = (int32_t)((uint32_t)i * (uint32_t)p->out_channels);
  return (gathered){.p = p,
                    .l = l,
                    .packed = packed,
                    .output = output,
                    .pixels = (void *)((int8_t *)scratch + places_bytes(p)),
                    .places = scratch,
                    .steps = tinyml_load_sums(steps),
                    .most = most_gathered(p)};
}

/* Tiles of as many pixels as fit. */
static __attribute__((noinline)) void tile_apart_1(const work *w, const place *at) {
  tile(w, at, 1, max_pixels[1], true);
}
static __attribute__((noinline)) void tile_apart_2(const work *w, const place *at) {
  tile(w, at, 2, max_pixels[2], true);
}

static void (*const apart_functions[MAX_BLOCKS + 1])(const work *, const place *) = {0, tile_apart_1, tile_apart_2};

/* Computes what is gathered, and forgets it. */
static void run_gathered(gathered *g, work *w) {
  const int64_t pixel = g->l->pixel_step;
  if (g->count == 0) return;
  /* Too few for a tile: the first one again and again. */
  for (; g->count < 2 * MOST_PIXELS; g->count++) {
    memcpy(g->pixels + g->count * pixel, g->pixels, (size_t)pixel * sizeof(*g->pixels));
    g->places[g->count] = g->places[0];
  }
  for (int32_t block = 0; block < g->l->blocks; block += MAX_BLOCKS) {
    const int32_t blocks = begin_blocks(w, g->p, g->l, g->packed, 0, block), half = max_pixels[blocks];
    int8_t *output = g->output + block * TINYML_LANES;
    for (int32_t next = 0; next < g->count; next += 2 * half) {
      const int32_t first = next < g->count - 2 * half ? next : g->count - 2 * half;
      const tinyml_element *from = g->pixels + first * pixel;
      const place at = {{from, from + half * pixel}, {output, NULL}, g->places + first};
      apart_functions[blocks](w, &at);
    }
  }
  g->count = 0;
}

/* Adds rows of a tile. */
static void add_pixels(gathered *g, const int8_t *input, int32_t y, int32_t x, int32_t rows, int32_t width) {
  const params *p = g->p;
  const int64_t first = (int64_t)y * p->out_w + x, row = (int64_t)width * p->in_channels;
  tinyml_copy_rows(g->pixels + (int64_t)g->count * p->in_channels, row, input + first * p->in_channels,
                   (int64_t)p->in_w * p->in_channels, rows, row, tinyml_image_offset(p->input_offset));
  for (int32_t i = 0; i < rows; i++, g->count += width) {
    for (int32_t column = 0; column < width; column += TINYML_LANES) {
      const int32_t at = ((y + i) * p->out_w + x + column) * p->out_channels;
      tinyml_store_sums(g->places + g->count + column, tinyml_add(tinyml_set(at), g->steps));
    }
  }
}

/* Adds the pixels of a tile, and computes what there is whenever there is no room for more. */
static void gather(gathered *g, work *w, tinyml_tile tile, const int8_t *input) {
  const int32_t width = tile.x1 - tile.x0;
  for (int32_t y = tile.y0, rows; y < tile.y1; y += rows) {
    const int32_t room = g->most - g->count;
    rows = tile.y1 - y;
    if (rows * width > room) rows = room / width;
    if (rows > 0) {
      add_pixels(g, input, y, tile.x0, rows, width);
    } else {
      run_gathered(g, w);
    }
  }
}

#endif
