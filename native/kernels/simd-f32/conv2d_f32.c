/* Direct convolution. What a kernel row reads is one run of floats, in the input itself or, where there is padding, in an
 * image of a band of it with zeros around. A tile is some pixels times some blocks of TINYML_LANES output channels, all
 * sums in registers, each a chain over the whole depth. */
#include "band.h"
#include "convolution.h"

typedef tinyml_conv2d_f32_params params;

/* A band is as many output rows as read this many bytes, at least one: they stay in the second cache. */
enum { BAND_BYTES = 384 << 10 };

enum { MAX_BLOCKS = 8, MAX_PIXELS = 16 };

/* Floats of the weights that are fetched before they are used: those of large layers come from far away. */
enum { FETCHED_AHEAD = 1024 };

/* How pixels and kernels lie in what is read, in floats. */
typedef struct {
  int32_t group_in, group_out, blocks; /* channels per group, and blocks of output channels */
  bool direct;                         /* windows lie inside the input: it needs no image */
  int32_t columns, channels;           /* pixels per row of what is read, and channels of a pixel */
  int64_t row_size, pixel_step, row_step; /* of a row; from one output pixel to the next, and row */
  int32_t run_rows, run_columns, run;     /* of a kernel: runs, and the length of each */
  int64_t run_row_step, run_column_step;
  int64_t depth; /* products of a sum */
  int32_t band;  /* output rows */
  int32_t panel; /* most blocks of output channels at a time */
} layout;

/* A tile: its pixels are `near` ones in a row from one address on, and the rest from another. */
typedef struct {
  const float *image[2];
  float *output[2];
} place;

/* What is the same for all tiles of some blocks. */
typedef struct {
  const layout *l;
  const float *panel; /* bias, then weights, as they are used */
  tinyml_vec lowest, highest;
  tinyml_output_steps steps;
  int32_t last;        /* channels of the last block, or more */
} work;

/* at + pixel * step, in the forms that addresses take. */
TINYML_INLINE const float *pixel_at(const float *at, int32_t pixel, int64_t step, int64_t step3, int64_t step5,
                                    int64_t step7) {
  switch (pixel) {
    case 0:
      return at;
    case 3:
      return at + step3;
    case 5:
      return at + step5;
    case 6:
      return at + 2 * step3;
    case 7:
      return at + step7;
    default:
      return at + pixel * step;
  }
}

TINYML_INLINE void tile(const work *w, const place *at, const int32_t blocks, const int32_t pixels) {
  const layout *l = w->l;
  const int32_t near = (pixels + 1) / 2, size = blocks * TINYML_LANES;
  const float *weights = w->panel;
  tinyml_vec sums[MAX_PIXELS * 2];
  TINYML_UNROLL
  for (int32_t n = 0; n < blocks; n++) {
    const tinyml_vec bias = tinyml_load(weights + n * TINYML_LANES);
    TINYML_UNROLL
    for (int32_t i = 0; i < pixels; i++) sums[i * blocks + n] = bias;
  }
  weights += size;
  int64_t step = l->pixel_step, step3 = 3 * step, step5 = 5 * step, step7 = 7 * step;
  for (int32_t row = 0; row < l->run_rows; row++) {
    for (int32_t column = 0; column < l->run_columns; column++) {
      const int64_t offset = row * l->run_row_step + column * l->run_column_step;
      const float *a = at->image[0] + offset, *b = at->image[1] + offset;
      for (const float *end = a + l->run; a != end; a++, b++, weights += size) {
        __builtin_prefetch(weights + FETCHED_AHEAD, 0, 3);
        __asm__("" : "+r"(step), "+r"(step3)); /* keeps multiples of the steps in addresses, not in registers */
        tinyml_vec x[MAX_PIXELS], v[MAX_BLOCKS];
        if (blocks > pixels) {
          TINYML_UNROLL
          for (int32_t i = 0; i < pixels; i++) {
            x[i] = tinyml_splat(*pixel_at(i < near ? a : b, i % near, step, step3, step5, step7));
          }
          TINYML_UNROLL
          for (int32_t n = 0; n < blocks; n++) {
            const tinyml_vec block = tinyml_load(weights + n * TINYML_LANES);
            TINYML_UNROLL
            for (int32_t i = 0; i < pixels; i++) {
              sums[i * blocks + n] = tinyml_multiply_add(x[i], block, sums[i * blocks + n]);
            }
          }
        } else {
          TINYML_UNROLL
          for (int32_t n = 0; n < blocks; n++) v[n] = tinyml_load(weights + n * TINYML_LANES);
          TINYML_UNROLL
          for (int32_t i = 0; i < pixels; i++) {
            const tinyml_vec pixel = tinyml_splat(*pixel_at(i < near ? a : b, i % near, step, step3, step5, step7));
            TINYML_UNROLL
            for (int32_t n = 0; n < blocks; n++) {
              sums[i * blocks + n] = tinyml_multiply_add(pixel, v[n], sums[i * blocks + n]);
            }
          }
        }
      }
    }
  }
  TINYML_UNROLL
  for (int32_t i = 0; i < pixels; i++) {
    float *to = at->output[i >= near] + i % near * w->steps.pixel;
    TINYML_UNROLL
    for (int32_t n = 0; n < blocks; n++) {
      const tinyml_vec y = tinyml_bound(sums[i * blocks + n], w->lowest, w->highest);
      if (n < blocks - 1) {
        tinyml_store(to + n * TINYML_LANES, y);
      } else {
        tinyml_store_first(to + n * TINYML_LANES, y, w->last);
      }
    }
  }
}

#define DEFINE_TILE(blocks, pixels)                                                                     \
  static __attribute__((noinline)) void tile_##blocks##x##pixels(const work *w, const place *at) { \
    tile(w, at, blocks, pixels);                                                                        \
  }
#if !defined(TINYML_LONG_TILES)
#define TINYML_LONG_TILES(TILE)
#endif
TINYML_TILES(DEFINE_TILE)
TINYML_LONG_TILES(DEFINE_TILE)

#define TILE_ENTRY(blocks, pixels) [blocks][pixels] = tile_##blocks##x##pixels,
static void (*const tiles[MAX_BLOCKS + 1][MAX_PIXELS + 1])(const work *, const place *) = {
    TINYML_TILES(TILE_ENTRY) TINYML_LONG_TILES(TILE_ENTRY)};

static int32_t most_pixels(int32_t blocks) {
  int32_t pixels = MAX_PIXELS;
  while (tiles[blocks][pixels] == NULL) pixels--;
  return pixels;
}

static int32_t divide_up(int32_t a, int32_t b) {
  return (a + b - 1) / b;
}

/* Whether pixels are evenly spaced from row to row, in what is read and in the output. */
static bool one_line(const params *p, const layout *l, tinyml_output_steps steps) {
  return l->row_step == p->out_w * l->pixel_step && steps.row == p->out_w * steps.pixel;
}

/* How pixels in a row, or in two at a time, are cut into tiles. */
typedef struct {
  int32_t tiles, pixels;
} cut;

static cut cut_row(int32_t width, int32_t most) {
  const int32_t tiles = divide_up(width, most);
  return (cut){tiles, divide_up(width, tiles)};
}

static cut cut_rows(int32_t width, int32_t most) {
  const cut c = cut_row(width, most / 2);
  return (cut){c.tiles, 2 * c.pixels};
}

/* Whether two rows at a time make fewer tiles, or fewer pixels twice. */
static bool in_pairs(int32_t width, int32_t most) {
  if (most < 2) return false;
  const cut alone = cut_row(width, most), paired = cut_rows(width, most);
  return paired.tiles * (paired.pixels + 1) < 2 * alone.tiles * (alone.pixels + 1);
}

/* Instructions of all tiles of some rows for one step of the depth, of multiplying or of reading operands, whichever are
 * more. */
static int64_t steps_of(int32_t blocks, int32_t rows, int32_t width) {
  const int32_t most = most_pixels(blocks), pairs = in_pairs(width, most) ? rows / 2 : 0;
  const cut cuts[2] = {cut_row(width, most), pairs > 0 ? cut_rows(width, most) : (cut){0, 0}};
  int64_t steps = 0;
  for (int32_t i = 0; i < 2; i++) {
    const int32_t products = blocks * cuts[i].pixels, reads = blocks + cuts[i].pixels;
    steps += (int64_t)(i == 0 ? rows - 2 * pairs : pairs) * cuts[i].tiles * (products > reads ? products : reads);
  }
  return steps;
}

/* As few blocks as give enough chains: with many pixels each weight is read for many of them. One, in tiles of more pixels,
 * where these fit the rows better. */
static int32_t panel_of(int32_t rows, int32_t width) {
  const int64_t pixels = (int64_t)rows * width;
  int32_t blocks = TINYML_PANEL;
  for (; blocks < MAX_BLOCKS; blocks *= 2) {
    const int32_t most = most_pixels(blocks);
    if (blocks * (pixels < most ? pixels : most) >= TINYML_CHAINS_NEEDED) break;
  }
  if (blocks == 2 && width >= TINYML_CHAINS_NEEDED / 2 && 2 * steps_of(1, rows, width) < steps_of(2, rows, width)) return 1;
  return blocks;
}

static layout layout_of(const params *p) {
  layout l;
  l.group_in = p->in_channels / p->groups;
  l.group_out = p->out_channels / p->groups;
  l.blocks = divide_up(l.group_out, TINYML_LANES);
  l.direct = reads_inside(p);
  l.columns = l.direct ? p->in_w : (int32_t)image_columns(p);
  l.channels = l.direct ? p->in_channels : l.group_in;
  const bool whole_rows = p->dilation_w == 1 && l.channels == l.group_in;
  l.row_size = (int64_t)l.columns * l.channels;
  l.pixel_step = (int64_t)p->stride_w * l.channels;
  l.row_step = p->stride_h * l.row_size;
  l.run_rows = p->kernel_h;
  l.run_columns = whole_rows ? 1 : p->kernel_w;
  l.run = whole_rows ? p->kernel_w * l.group_in : l.group_in;
  l.run_row_step = p->dilation_h * l.row_size;
  l.run_column_step = (int64_t)p->dilation_w * l.channels;
  l.depth = (int64_t)p->kernel_h * p->kernel_w * l.group_in;
  const int64_t spare = BAND_BYTES / (int64_t)sizeof(float) / l.row_size - image_rows(p, 1);
  const int64_t band = spare < 0 ? 1 : spare / p->stride_h + 1;
  l.band = band > p->out_h ? p->out_h : (int32_t)band;
  const bool line = l.row_step == p->out_w * l.pixel_step;
  l.panel = panel_of(line ? 1 : l.band, line ? l.band * p->out_w : p->out_w);
  return l;
}

static int64_t image_bytes(const params *p, const layout *l) {
  return l->direct ? 0 : image_rows(p, l->band) * l->row_size * (int64_t)sizeof(float);
}

/* Blocks of the next panel where `left` are left. */
static int32_t panel_blocks(const layout *l, int32_t left) {
  int32_t blocks = l->panel;
  while (blocks > left) blocks /= 2;
  return blocks;
}

static int64_t panel_size(const layout *l, int32_t blocks) {
  return (l->depth + 1) * blocks * TINYML_LANES;
}

static int64_t packed_bytes(const void *of) {
  const params *p = of;
  const layout l = layout_of(p);
  return panel_size(&l, l.blocks) * p->groups * (int64_t)sizeof(float);
}

/* Memory in proportion. */
static int supports(const void *of) {
  const params *p = of;
  const layout l = layout_of(p);
  return image_bytes(p, &l) <= INT32_MAX && l.depth * l.blocks * TINYML_LANES * p->groups <= INT32_MAX / 8;
}

static int64_t scratch_bytes(const void *of) {
  const layout l = layout_of(of);
  return image_bytes(of, &l);
}

/* to[i * size + c] = from[c * channel_step + i * step] */
static void pack_channels(float *to, int64_t size, int32_t channels, int32_t count, const float *from,
                          int64_t channel_step, int64_t step) {
  if (channel_step == 1) {
    for (int32_t i = 0; i < count; i++) memcpy(to + i * size, from + i * step, (size_t)channels * sizeof(float));
    return;
  }
  for (int32_t i = 0; i < count; i++) {
    for (int32_t c = 0; c < channels; c++) to[i * size + c] = from[c * channel_step + i * step];
  }
}

/* Packed: per group, per panel the bias [blocks][lanes], then the weights [depth][blocks][lanes]; zeros where no channel
 * is. */
void TINYML_FUNCTIONS(pack_convolution_f32)(const params *p, const float *weights, tinyml_weight_steps steps,
                                            const float *bias, float *packed) {
  const layout l = layout_of(p);
  if (bias == NULL || l.group_out % TINYML_LANES != 0) memset(packed, 0, (size_t)packed_bytes(p));
  for (int32_t group = 0; group < p->groups; group++, weights += steps.group) {
    for (int32_t block = 0, blocks; block < l.blocks; block += blocks) {
      blocks = panel_blocks(&l, l.blocks - block);
      const int32_t size = blocks * TINYML_LANES, first = block * TINYML_LANES;
      const int32_t channels = l.group_out - first < size ? l.group_out - first : size;
      if (bias != NULL) memcpy(packed, bias + group * l.group_out + first, (size_t)channels * sizeof(float));
      float *to = packed + size;
      for (int32_t ky = 0; ky < p->kernel_h; ky++) {
        for (int32_t kx = 0; kx < p->kernel_w; kx++, to += (int64_t)l.group_in * size) {
          const float *from = weights + first * steps.out_channel + ky * steps.row + kx * steps.column;
          pack_channels(to, size, channels, l.group_in, from, steps.out_channel, steps.in_channel);
        }
      }
      packed += panel_size(&l, blocks);
    }
  }
}

static void pack(const void *of, const void *const *constants, void *packed) {
  TINYML_FUNCTIONS(pack_convolution_f32)(of, constants[0], tinyml_dense_weights(of), constants[1], packed);
}

/* One row of `width` pixels, in tiles of one row. */
static void run_row(const work *w, int32_t blocks, const float *image, float *output, int32_t width) {
  const int32_t pixels = cut_row(width, most_pixels(blocks)).pixels, near = (pixels + 1) / 2;
  for (int32_t x = 0; x < width; x += pixels) {
    const int32_t from = x < width - pixels ? x : width - pixels;
    const float *a = image + from * w->l->pixel_step;
    float *to = output + from * w->steps.pixel;
    const place at = {{a, a + near * w->l->pixel_step}, {to, to + near * w->steps.pixel}};
    tiles[blocks][pixels](w, &at);
  }
}

/* Two rows, in tiles of both. */
static void run_rows(const work *w, int32_t blocks, const float *image, float *output, int32_t width) {
  const int32_t side = cut_rows(width, most_pixels(blocks)).pixels / 2;
  for (int32_t x = 0; x < width; x += side) {
    const int32_t from = x < width - side ? x : width - side;
    const float *a = image + from * w->l->pixel_step;
    float *to = output + from * w->steps.pixel;
    const place at = {{a, a + w->l->row_step}, {to, to + w->steps.row}};
    tiles[blocks][2 * side](w, &at);
  }
}

/* All pixels of `rows` rows of `width`. */
static void run_panel(const work *w, int32_t blocks, const float *image, float *output, int32_t rows, int32_t width) {
  const bool pairs = in_pairs(width, most_pixels(blocks));
  int32_t row = 0;
  for (; pairs && row + 1 < rows; row += 2) {
    run_rows(w, blocks, image + row * w->l->row_step, output + row * w->steps.row, width);
  }
  for (; row < rows; row++) {
    run_row(w, blocks, image + row * w->l->row_step, output + row * w->steps.row, width);
  }
}

void TINYML_FUNCTIONS(convolve_f32)(const params *p, const float *input, const float *packed, const float *bounds,
                                    float *output, tinyml_output_steps steps, void *scratch) {
  const layout l = layout_of(p);
  const bool line = one_line(p, &l, steps);
  work w = {.l = &l, .steps = steps};
  w.lowest = tinyml_splat(bounds[0]);
  w.highest = tinyml_splat(bounds[1]);
  for (int32_t image = 0; image < p->batch; image++) {
    for (int32_t group = 0; group < p->groups; group++) {
      for (int32_t row = 0; row < p->out_h; row += l.band) {
        const int32_t rows = p->out_h - row < l.band ? p->out_h - row : l.band;
        const float *from = input + group * l.group_in, *read = scratch;
        if (l.direct) {
          read = from + row * l.row_step - p->pad_top * l.row_size - (int64_t)p->pad_left * p->in_channels;
        } else {
          fill_image(scratch, p, l.columns, from, row, rows);
        }
        float *to = output + row * steps.row + group * l.group_out;
        w.panel = packed + group * panel_size(&l, l.blocks);
        for (int32_t block = 0, blocks; block < l.blocks; block += blocks) {
          blocks = panel_blocks(&l, l.blocks - block);
          w.last = l.group_out - (block + blocks - 1) * TINYML_LANES;
          run_panel(&w, blocks, read, to + block * TINYML_LANES, line ? 1 : rows, line ? rows * p->out_w : p->out_w);
          w.panel += panel_size(&l, blocks);
        }
      }
    }
    input += (int64_t)p->in_h * p->in_w * p->in_channels;
    output += steps.image;
  }
}

static void run(const void *of, void *const *o, const void *packed, void *scratch) {
  TINYML_FUNCTIONS(convolve_f32)(of, o[0], packed, o[3], o[4], tinyml_dense_outputs(of), scratch);
}

const tinyml_functions TINYML_FUNCTIONS(conv2d_f32) = {supports, packed_bytes, pack, scratch_bytes, run};
