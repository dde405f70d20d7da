/* Direct convolution without im2col. The input goes once, band by band, into a padded image of elements; there every
 * kernel row is one run of elements, whatever the number of channels, read a word at a time against weights with zeros
 * where a run ends between. A tile is two short rows of pixels times one or two blocks of TINYML_LANES output channels,
 * all in registers. */
#include "layer.h"

typedef tinyml_conv2d_s8_params params;

enum { MAX_BLOCKS = 2, MOST_PIXELS = 8 };
static const int32_t max_pixels[MAX_BLOCKS + 1] = TINYML_MAX_PIXELS;

/* A band is as many output rows as fit into this many bytes of image, at least one: it stays in the second cache. */
enum { BAND_BYTES = 192 << 10 };

/* Elements that a read of one word may pass the end of the image by, and of a cache line. */
enum { SLACK = 64 };

/* Weights of one word of a block, in bytes. */
enum { WEIGHTS = TINYML_LANES * TINYML_WORD };

/* How pixels and kernels lie in the image of a band, in elements. */
typedef struct {
  int32_t group_in, group_out, blocks; /* channels per group, and blocks of output channels */
  int32_t pointwise;                   /* the image holds only the pixels used */
  int32_t columns;                     /* pixels per row of the image */
  int64_t row_size, pixel_step, row_step; /* of the image; from one output pixel to the next, and row */
  int32_t run_rows, run_columns, run_size, run_words; /* of a kernel: runs, and the length of each */
  int64_t run_row_step, run_column_step;
  int64_t words; /* per output channel: what a block of weights is long */
  int32_t band;  /* output rows */
} layout;

static int64_t image_rows(const params *p, int64_t output_rows) {
  return (output_rows - 1) * p->stride_h + (int64_t)(p->kernel_h - 1) * p->dilation_h + 1;
}

static layout layout_of(const params *p) {
  layout l;
  l.group_in = p->in_channels / p->groups;
  l.group_out = p->out_channels / p->groups;
  l.blocks = (l.group_out + TINYML_LANES - 1) / TINYML_LANES;
  l.pointwise = p->kernel_h == 1 && p->kernel_w == 1;
  l.columns = l.pointwise ? p->out_w : (p->out_w - 1) * p->stride_w + (p->kernel_w - 1) * p->dilation_w + 1;
  l.row_size = (int64_t)l.columns * l.group_in;
  l.pixel_step = (int64_t)l.group_in * (l.pointwise ? 1 : p->stride_w);
  l.row_step = l.row_size * (l.pointwise ? 1 : p->stride_h);
  l.run_rows = p->kernel_h;
  l.run_columns = p->dilation_w == 1 ? 1 : p->kernel_w;
  l.run_size = p->dilation_w == 1 ? p->kernel_w * l.group_in : l.group_in;
  l.run_words = (l.run_size + TINYML_WORD - 1) / TINYML_WORD;
  l.run_row_step = l.row_size * p->dilation_h;
  l.run_column_step = (int64_t)l.group_in * p->dilation_w;
  l.words = (int64_t)l.run_rows * l.run_columns * l.run_words;
  const int64_t rows = BAND_BYTES / (int64_t)sizeof(tinyml_element) / l.row_size, spare = rows - image_rows(p, 1);
  const int64_t band = l.pointwise ? rows : spare < 0 ? 1 : spare / p->stride_h + 1;
  l.band = band < 1 ? 1 : band > p->out_h ? p->out_h : (int32_t)band;
  return l;
}

static int64_t image_bytes(const params *p, const layout *l) {
  const int64_t size = (l->pointwise ? l->band : image_rows(p, l->band)) * l->row_size + SLACK;
  return size * (int64_t)sizeof(tinyml_element);
}

/* Weights are packed [group][block][word][TINYML_LANES * TINYML_WORD]. */
static int64_t packed_bytes(const void *of) {
  const params *p = of;
  const layout l = layout_of(p);
  const int64_t block = (int64_t)sizeof(tinyml_requantisation) + l.words * WEIGHTS;
  return (int64_t)sizeof(tinyml_packed) + block * l.blocks * p->groups;
}

static int supports(const void *of) {
  const params *p = of;
  const layout l = layout_of(p);
  return tinyml_padding_fits(p->input_offset) && image_bytes(p, &l) <= INT32_MAX && packed_bytes(p) <= INT32_MAX;
}

static int64_t scratch_bytes(const void *of) {
  const layout l = layout_of(of);
  return image_bytes(of, &l);
}

/* What pack reads. */
typedef struct {
  const params *p;
  layout l;
  const int8_t *weights;
  const int32_t *bias, *multiplier, *shift;
} source;

/* The output channel of a lane of all blocks of all groups; -1 beyond the last of a group. */
static int32_t channel_of_lane(const layout *l, int64_t index) {
  const int64_t lanes = (int64_t)l->blocks * TINYML_LANES, group = index / lanes, at = index % lanes;
  return at < l->group_out ? (int32_t)(group * l->group_out + at) : -1;
}

static tinyml_channel channel_at(const void *of, int64_t index) {
  const source *s = of;
  const int32_t channel = channel_of_lane(&s->l, index);
  if (channel < 0) return (tinyml_channel){0, 0, 0, 0};
  const int64_t taps = (int64_t)s->p->kernel_h * s->p->kernel_w * s->l.group_in;
  return tinyml_channel_of(s->weights + channel * taps, taps, 1, s->p->input_offset, s->bias[channel],
                           s->multiplier[channel], s->shift[channel]);
}

static void pack_weights(int8_t *to, int32_t lane, const int8_t *weights, const layout *l) {
  for (int32_t run = 0; run < l->run_rows * l->run_columns; run++) {
    for (int32_t i = 0; i < l->run_size; i++) {
      to[(int64_t)(i / TINYML_WORD) * WEIGHTS + tinyml_weight_index(lane, i % TINYML_WORD)] = weights[i];
    }
    weights += l->run_size;
    to += (int64_t)l->run_words * WEIGHTS;
  }
}

static void pack(const void *of, const void *const *constants, void *packed) {
  const params *p = of;
  const source s = {p, layout_of(p), constants[0], constants[1], constants[2], constants[3]};
  const int64_t blocks = (int64_t)s.l.blocks * p->groups, taps = (int64_t)p->kernel_h * p->kernel_w * s.l.group_in;
  int8_t *weights = (int8_t *)(tinyml_requantisations(packed) + blocks);
  memset(packed, 0, (size_t)packed_bytes(p));
  tinyml_pack_channels(packed, blocks, channel_at, &s);
  for (int64_t i = 0; i < blocks * TINYML_LANES; i++) {
    const int32_t channel = channel_of_lane(&s.l, i);
    if (channel < 0) continue;
    int8_t *block = weights + i / TINYML_LANES * s.l.words * WEIGHTS;
    pack_weights(block, (int32_t)(i % TINYML_LANES), s.weights + channel * taps, &s.l);
  }
}

/* Fills the image with output rows [first, first + rows) of a group: what they read, and padding around it. */
static void fill_image(tinyml_element *image, const params *p, const layout *l, const int8_t *input, int32_t first,
                       int32_t rows) {
  const int32_t offset = tinyml_image_offset(p->input_offset), padding = tinyml_padding(p->input_offset);
  const int32_t stride_h = l->pointwise ? p->stride_h : 1, stride_w = l->pointwise ? p->stride_w : 1;
  const int64_t lines = l->pointwise ? rows : image_rows(p, rows);
  const int64_t y0 = (int64_t)first * p->stride_h - p->pad_top;
  const tinyml_columns c = tinyml_split_columns(-(int64_t)p->pad_left, stride_w, l->columns, p->in_w);
  for (int64_t line = 0; line < lines; line++, image += l->row_size) {
    const int64_t y = y0 + line * stride_h;
    if (y < 0 || y >= p->in_h) {
      tinyml_pad(image, l->row_size, padding);
      continue;
    }
    const int8_t *from = input + (y * p->in_w + c.left * stride_w - p->pad_left) * p->in_channels;
    tinyml_element *inside = image + c.left * l->group_in;
    tinyml_pad(image, c.left * l->group_in, padding);
    tinyml_copy_pixels(inside, from, c.inside, l->group_in, (int64_t)stride_w * p->in_channels, offset);
    tinyml_pad(inside + c.inside * l->group_in, (l->columns - c.left - c.inside) * l->group_in, padding);
  }
}

/* A tile: two rows of pixels in the image, and where their outputs go. */
typedef struct {
  const tinyml_element *image[2];
  int8_t *output[2];
} place;

/* What is the same for all tiles of some blocks. */
typedef struct {
  const layout *l;
  const int8_t *weights;
  const tinyml_requantisation *requantisation;
  tinyml_output output;
  bool quick;
  ptrdiff_t output_step; /* from one pixel to the next */
  tinyml_part last;      /* channels of the last block */
} work;

/* Pixel i of a row, with the step between pixels in bytes: in the forms that addresses take. */
TINYML_INLINE const tinyml_element *pixel_at(const tinyml_element *row, const int32_t pixel, ptrdiff_t step,
                                             ptrdiff_t step3, ptrdiff_t step5, ptrdiff_t step7) {
  const char *at = (const char *)row;
  switch (pixel) {
    case 0:
      return row;
    case 3:
      return (const void *)(at + step3);
    case 5:
      return (const void *)(at + step5);
    case 6:
      return (const void *)(at + 2 * step3);
    case 7:
      return (const void *)(at + step7);
    default:
      return (const void *)(at + pixel * step);
  }
}

/* Sums [first, first + 4) of a tile's `count` become outputs. */
TINYML_INLINE void store_four(const work *w, const place *at, const int32_t blocks, const int32_t pixels,
                              const tinyml_vec *sums, const int32_t first, const bool quick) {
  const int32_t count = 2 * pixels * blocks;
  tinyml_vec four[4];
  TINYML_UNROLL
  for (int32_t j = 0; j < 4; j++) {
    const int32_t i = first + j < count ? first + j : first;
    four[j] = tinyml_requantise_vec(sums[i], &w->requantisation[i % blocks], quick);
  }
  const tinyml_bytes bytes = tinyml_narrow(four, &w->output);
  TINYML_UNROLL
  for (int32_t j = 0; j < 4; j++) {
    if (first + j >= count) break;
    const int32_t n = (first + j) % blocks, pixel = (first + j) / blocks;
    int8_t *to = at->output[pixel >= pixels] + (pixel % pixels) * w->output_step + n * TINYML_LANES;
    if (n < blocks - 1) {
      tinyml_store_quarter(to, bytes, j);
    } else {
      tinyml_store_part(to, bytes, j, w->last);
    }
  }
}

/* Requantisation in the general form, which is rare: the same code for all tiles. */
static __attribute__((noinline)) void store_general(const work *w, const place *at, int32_t blocks, int32_t pixels,
                                                    const tinyml_vec *sums) {
  for (int32_t first = 0; first < 2 * pixels * blocks; first += 4) {
    store_four(w, at, blocks, pixels, sums, first, false);
  }
}

/* sums += one word of every pixel of rows a and b times the weights. */
TINYML_INLINE void add_word(tinyml_vec *sums, const tinyml_element *a, const tinyml_element *b, ptrdiff_t step,
                            ptrdiff_t step3, ptrdiff_t step5, ptrdiff_t step7, const int8_t *weights,
                            ptrdiff_t block_bytes, const int32_t blocks, const int32_t pixels) {
  tinyml_words v[MAX_BLOCKS];
  TINYML_UNROLL
  for (int32_t n = 0; n < blocks; n++) v[n] = tinyml_load_weights(weights + n * block_bytes);
  TINYML_UNROLL
  for (int32_t i = 0; i < 2 * pixels; i++) {
    const tinyml_words x = tinyml_broadcast(pixel_at(i < pixels ? a : b, i % pixels, step, step3, step5, step7));
    TINYML_UNROLL
    for (int32_t n = 0; n < blocks; n++) sums[i * blocks + n] = tinyml_multiply_add(sums[i * blocks + n], x, v[n]);
  }
}

/* The same for TINYML_CHUNK words. */
TINYML_INLINE void add_chunk(tinyml_vec *sums, const tinyml_element *a, const tinyml_element *b, ptrdiff_t step,
                             ptrdiff_t step3, ptrdiff_t step5, ptrdiff_t step7, const int8_t *weights,
                             ptrdiff_t block_bytes, const int32_t blocks, const int32_t pixels) {
  tinyml_chunk x[2 * MOST_PIXELS];
  TINYML_UNROLL
  for (int32_t i = 0; i < 2 * pixels; i++) {
    x[i] = tinyml_load_chunk(pixel_at(i < pixels ? a : b, i % pixels, step, step3, step5, step7));
  }
  TINYML_UNROLL
  for (int32_t word = 0; word < TINYML_CHUNK; word++) {
    tinyml_words v[MAX_BLOCKS];
    TINYML_UNROLL
    for (int32_t n = 0; n < blocks; n++) v[n] = tinyml_load_weights(weights + n * block_bytes + word * WEIGHTS);
    TINYML_UNROLL
    for (int32_t i = 0; i < 2 * pixels; i++) {
      TINYML_UNROLL
      for (int32_t n = 0; n < blocks; n++) {
        sums[i * blocks + n] = tinyml_multiply_add_chunk(sums[i * blocks + n], x[i], word, v[n]);
      }
    }
  }
}

TINYML_INLINE void tile(const work *w, const place *at, const int32_t blocks, const int32_t pixels) {
  const layout *l = w->l;
  tinyml_vec sums[2 * MOST_PIXELS * MAX_BLOCKS];
  TINYML_UNROLL
  for (int32_t i = 0; i < 2 * pixels; i++) {
    TINYML_UNROLL
    for (int32_t n = 0; n < blocks; n++) sums[i * blocks + n] = tinyml_load_bias(&w->requantisation[n]);
  }
  const int8_t *weights = w->weights;
  const ptrdiff_t block_bytes = (ptrdiff_t)l->words * WEIGHTS;
  ptrdiff_t step = (ptrdiff_t)l->pixel_step * (ptrdiff_t)sizeof(tinyml_element), step3 = 3 * step, step5 = 5 * step, step7 = 7 * step;
  for (int32_t row = 0; row < l->run_rows; row++) {
    for (int32_t column = 0; column < l->run_columns; column++) {
      const int64_t offset = row * l->run_row_step + column * l->run_column_step;
      const tinyml_element *a = at->image[0] + offset, *b = at->image[1] + offset;
      const tinyml_element *end = a + TINYML_WORD * (ptrdiff_t)l->run_words;
      if (TINYML_CHUNK > 1) {
        const ptrdiff_t elements = TINYML_CHUNK * TINYML_WORD;
        for (; end - a >= elements; a += elements, b += elements, weights += TINYML_CHUNK * WEIGHTS) {
          __asm__("" : "+r"(step), "+r"(step3)); /* keeps multiples of the steps in addresses, not in registers */
          add_chunk(sums, a, b, step, step3, step5, step7, weights, block_bytes, blocks, pixels);
        }
      }
      for (; a != end; a += TINYML_WORD, b += TINYML_WORD, weights += WEIGHTS) {
        __asm__("" : "+r"(step), "+r"(step3));
        add_word(sums, a, b, step, step3, step5, step7, weights, block_bytes, blocks, pixels);
      }
    }
  }
  const int32_t count = 2 * pixels * blocks;
  if (w->quick) {
    const work own = *w; /* outputs cannot lie on the copies, so they are read once */
    const place to = *at;
    TINYML_UNROLL
    for (int32_t first = 0; first < count; first += 4) store_four(&own, &to, blocks, pixels, sums, first, true);
  } else {
    tinyml_vec copy[2 * MOST_PIXELS * MAX_BLOCKS]; /* an array in memory, where `sums` are registers */
    TINYML_UNROLL
    for (int32_t i = 0; i < count; i++) copy[i] = sums[i];
    store_general(w, at, blocks, pixels, copy);
  }
}

/* Tiles with more pixels than max_pixels are never called, and empty. */
#define TILE(blocks, pixels)                                                                       \
  static __attribute__((noinline)) void tile_##blocks##x##pixels(const work *w, const place *at) { \
    if (pixels <= max_pixels[blocks]) tile(w, at, blocks, pixels);                                 \
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

static void (*const tiles[MAX_BLOCKS + 1][MOST_PIXELS + 1])(const work *, const place *) = {
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
    const int32_t end = x + 2 * half < width ? x + 2 * half : width;
    const int32_t a = end - 2 * half < 0 ? 0 : end - 2 * half, b = end - half;
    const place at = {{image + a * w->l->pixel_step, image + b * w->l->pixel_step},
                      {output + a * w->output_step, output + b * w->output_step}};
    tiles[blocks][half](w, &at);
  }
}

/* Pixels of two rows, in tiles of at most `side` pixels of each. */
static void run_pair(const work *w, int32_t blocks, const tinyml_element *image, int8_t *output, int32_t width,
                     int32_t side) {
  for (int32_t x = 0; x < width; x += side) {
    const int32_t from = x < width - side ? x : width - side;
    const tinyml_element *pixel = image + from * w->l->pixel_step;
    int8_t *to = output + from * w->output_step;
    const place at = {{pixel, pixel + w->l->row_step}, {to, to + width * w->output_step}};
    tiles[blocks][side](w, &at);
  }
}

/* All pixels of an image of `rows` rows of `width`: rows in pairs or one by one, whichever computes fewer pixels twice. */
static void run_blocks(const work *w, int32_t blocks, const tinyml_element *image, int8_t *output, int32_t rows,
                       int32_t width) {
  const int32_t most = max_pixels[blocks];
  const int32_t half = divide_up(divide_up(width, divide_up(width, 2 * most)), 2);
  const int32_t side = divide_up(width, divide_up(width, most));
  const bool pairs = divide_up(width, side) * side < 2 * divide_up(width, 2 * half) * half;
  for (int32_t row = 0; row < rows;) {
    const tinyml_element *from = image + row * w->l->row_step;
    int8_t *to = output + row * (width * w->output_step);
    if (pairs && row + 1 < rows) {
      run_pair(w, blocks, from, to, width, side);
      row += 2;
    } else {
      run_row(w, blocks, from, to, width, half);
      row += 1;
    }
  }
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  const layout l = layout_of(p);
  const int8_t *input = operands[0];
  int8_t *output = operands[5];
  const tinyml_requantisation *requantisation = tinyml_requantisations(packed);
  const int8_t *weights = (const int8_t *)(requantisation + (int64_t)l.blocks * p->groups);
  work w = {.l = &l, .quick = ((const tinyml_packed *)packed)->quick != 0, .output_step = p->out_channels};
  w.output = tinyml_output_of(p->output_offset, p->act_min, p->act_max);
  for (int32_t image = 0; image < p->batch; image++) {
    for (int32_t group = 0; group < p->groups; group++) {
      for (int32_t row = 0; row < p->out_h; row += l.band) {
        const int32_t rows = p->out_h - row < l.band ? p->out_h - row : l.band;
        fill_image(scratch, p, &l, input + group * l.group_in, row, rows);
        for (int32_t block = 0; block < l.blocks; block += MAX_BLOCKS) {
          const int32_t blocks = l.blocks - block < MAX_BLOCKS ? l.blocks - block : MAX_BLOCKS;
          const int32_t channels = l.group_out - (block + blocks - 1) * TINYML_LANES;
          w.weights = weights + ((int64_t)group * l.blocks + block) * l.words * WEIGHTS;
          w.requantisation = requantisation + (int64_t)group * l.blocks + block;
          w.last = tinyml_part_of(channels < TINYML_LANES ? channels : TINYML_LANES);
          int8_t *to =
              output + (int64_t)row * p->out_w * p->out_channels + group * l.group_out + block * TINYML_LANES;
          run_blocks(&w, blocks, scratch, to, l.pointwise ? 1 : rows, l.pointwise ? rows * p->out_w : p->out_w);
        }
      }
    }
    input += (int64_t)p->in_h * p->in_w * p->in_channels;
    output += (int64_t)p->out_h * p->out_w * p->out_channels;
  }
}

const tinyml_functions TINYML_NAME(conv2d_s8) = {supports, packed_bytes, pack, scratch_bytes, run};
