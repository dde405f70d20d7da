/* Depthwise convolution with windows of 3x3 on pairs of rows. The image of a band holds two rows of the input as one, the
 * elements of a channel side by side as a word, so that words are laid out once and not whenever a window reads them. A tile
 * is some neighbouring pixels in two rows of outputs times TINYML_LANES channels: three rows of weights are two words, and
 * with stride 1 those of the second row begin an element later. */
#include "layer.h"

#if defined(TINYML_ROW_PAIRS)

typedef tinyml_depthwise_conv2d_s8_params params;

/* A band is as many output rows as fit into this many bytes of image, at least two: it stays in the second cache. */
enum { BAND_BYTES = 128 << 10 };

enum { KERNEL = 3, ROWS = 2, MOST_PIXELS = 4 };

/* Of a block of TINYML_LANES channels: words of [row of the tile][first or second pair][kernel column]. */
enum { WORDS = ROWS * 2 * KERNEL };

typedef struct {
  tinyml_requantization requantization;
  tinyml_element weights[WORDS][TINYML_LANES * TINYML_WORD];
} block;

typedef struct {
  int64_t columns, pair_size; /* of the image: pixels of a row, and elements of a pair of them */
  int32_t band, step;         /* output rows, and pairs from one tile to the next below */
} layout;

/* Pairs of rows that `rows` rows of outputs read. */
static int64_t image_pairs(const params *p, int64_t rows) {
  return p->stride_h == 1 ? (rows + 1) / 2 + 1 : (rows + 1) / 2 * 2 + 1;
}

static layout layout_of(const params *p) {
  layout l;
  l.columns = (int64_t)(p->out_w - 1) * p->stride_w + KERNEL;
  l.pair_size = l.columns * p->in_channels * TINYML_WORD;
  l.step = p->stride_h == 1 ? 1 : ROWS;
  const int64_t pairs = BAND_BYTES / (int64_t)sizeof(tinyml_element) / l.pair_size, tiles = (pairs - 1) / l.step;
  const int64_t band = tiles < 1 ? ROWS : tiles * ROWS;
  l.band = band > p->out_h ? p->out_h : (int32_t)band;
  return l;
}

static int64_t image_bytes(const params *p, const layout *l) {
  return image_pairs(p, l->band) * l->pair_size * (int64_t)sizeof(tinyml_element);
}

/* Scratch: the image, and a row of the input with nothing but padding. */
static int64_t scratch_bytes(const void *of) {
  const params *p = of;
  const layout l = layout_of(p);
  return image_bytes(p, &l) + (int64_t)p->in_w * p->in_channels;
}

static int64_t packed_bytes(const void *of) {
  const params *p = of;
  return (int64_t)sizeof(tinyml_packed) + (int64_t)sizeof(block) * (p->in_channels / TINYML_LANES);
}

static int supports(const void *of) {
  const params *p = of;
  const bool square = p->kernel_h == KERNEL && p->kernel_w == KERNEL && p->dilation_h == 1 && p->dilation_w == 1;
  const bool strides = p->stride_h == p->stride_w && (p->stride_h == 1 || p->stride_h == 2);
  const int32_t padding = -p->input_offset;
  return square && strides && p->depth_multiplier == 1 && p->in_channels % TINYML_LANES == 0 &&
         padding == (int8_t)padding && scratch_bytes(p) <= INT32_MAX && packed_bytes(p) <= INT32_MAX;
}

static void pack(const void *of, const void *const *constants, void *packed) {
  const params *p = of;
  const int8_t *weights = constants[0];
  const int32_t *bias = constants[1], *multiplier = constants[2], *shift = constants[3];
  block *blocks = (block *)(void *)((int8_t *)packed + sizeof(tinyml_packed));
  bool quick = true;
  memset(packed, 0, (size_t)packed_bytes(p));
  for (int32_t pass = 0; pass < 2; pass++) {
    for (int32_t first = 0; first < p->in_channels; first += TINYML_LANES) {
      tinyml_channel channels[TINYML_LANES];
      for (int32_t lane = 0; lane < TINYML_LANES; lane++) {
        const int32_t c = first + lane;
        channels[lane] = tinyml_channel_of(weights + c, KERNEL * KERNEL, p->in_channels, p->input_offset, bias[c],
                                           multiplier[c], shift[c]);
      }
      if (pass == 0) {
        quick = quick && tinyml_quick(channels);
      } else {
        tinyml_pack_requantization(&blocks[first / TINYML_LANES].requantization, channels, quick);
      }
    }
  }
  ((tinyml_packed *)packed)->quick = quick;
  for (int32_t c = 0; c < p->in_channels; c++) {
    block *to = &blocks[c / TINYML_LANES];
    for (int32_t row = 0; row < ROWS; row++) {
      for (int32_t y = 0; y < KERNEL; y++) {
        const int32_t at = p->stride_h == 1 ? row + y : y;
        for (int32_t x = 0; x < KERNEL; x++) {
          to->weights[(row * 2 + at / TINYML_WORD) * KERNEL + x][tinyml_part_index(c % TINYML_LANES, at % TINYML_WORD)] =
              weights[(y * KERNEL + x) * p->in_channels + c];
        }
      }
    }
  }
}

/* Fills the image with what output rows [first, first + rows) read. `padding`: a row of it. */
static void fill_pairs(tinyml_element *image, const params *p, const layout *l, const int8_t *input,
                       const int8_t *padding, int32_t first, int32_t rows) {
  const int64_t row_bytes = (int64_t)p->in_w * p->in_channels, words = TINYML_WORD * (int64_t)p->in_channels;
  const tinyml_span x = tinyml_split(-p->pad_left, 1, l->columns, p->in_w);
  const int64_t skipped = p->pad_left < 0 ? -p->pad_left * (int64_t)p->in_channels : 0;
  int64_t y = (int64_t)first * p->stride_h - p->pad_top;
  for (int64_t pair = image_pairs(p, rows); pair > 0; pair--, y += TINYML_WORD, image += l->pair_size) {
    const int8_t *a = y >= 0 && y < p->in_h ? input + y * row_bytes : padding;
    const int8_t *b = y + 1 >= 0 && y + 1 < p->in_h ? input + (y + 1) * row_bytes : padding;
    tinyml_pad(image, x.before * words, 0);
    tinyml_copy_pairs(image + x.before * words, a + skipped, b + skipped, (ptrdiff_t)(x.inside * p->in_channels),
                      p->input_offset);
    tinyml_pad(image + (x.before + x.inside) * words, (l->columns - x.before - x.inside) * words, 0);
  }
}

/* What is the same for all tiles of some blocks of channels of two rows. */
typedef struct {
  const block *block;
  ptrdiff_t pixel, pair_size; /* elements from one column of the image to the next, and pair */
  ptrdiff_t output_step;      /* from one pixel of the output to the next */
  int8_t *output[ROWS];       /* both the same if there is one row */
  tinyml_output output_range;
  int32_t width;
  bool quick;
} work;

TINYML_INLINE void requantize(tinyml_vec four[4], const tinyml_requantization *q, const bool quick) {
  TINYML_UNROLL
  for (int32_t i = 0; i < 4; i++) four[i] = tinyml_requantize_vec(four[i], q, quick);
}

/* Requantisation in the general form: rare, so the same code for all. */
static __attribute__((noinline)) void requantize_general(tinyml_vec four[4], const tinyml_requantization *q) {
  requantize(four, q, false);
}

/* Pixels [x, x + pixels) of both rows. The second is written first: where there is one row, it is the first. */
TINYML_INLINE void tile(const work *w, const tinyml_element *image, int32_t x, const int32_t pixels,
                        const int32_t stride) {
  enum { MOST = ROWS * MOST_PIXELS };
  const int32_t pairs = stride == 1 ? 2 : 3;
  const block *b = w->block;
  const tinyml_element *from = image + x * stride * w->pixel;
  tinyml_vec sums[MOST];
  TINYML_UNROLL
  for (int32_t i = 0; i < ROWS * pixels; i++) sums[i] = tinyml_load_bias(&b->requantization);
  TINYML_UNROLL
  for (int32_t pair = 0; pair < pairs; pair++) {
    TINYML_UNROLL
    for (int32_t column = 0; column < KERNEL; column++) {
      TINYML_UNROLL
      for (int32_t i = 0; i < pixels; i++) {
        const tinyml_words words = tinyml_load_words(from + pair * w->pair_size + (i * stride + column) * w->pixel);
        TINYML_UNROLL
        for (int32_t row = 0; row < ROWS; row++) {
          const int32_t own = stride == 1 ? pair : pair - row;
          if (own < 0 || own > 1) continue;
          tinyml_vec *sum = &sums[(i + 1) * ROWS - 1 - row];
          *sum = tinyml_multiply_add(*sum, words, tinyml_load_words(b->weights[(row * 2 + own) * KERNEL + column]));
        }
      }
    }
  }
  const tinyml_output range = w->output_range; /* outputs cannot lie on the copies, so they are read once */
  int8_t *const output[ROWS] = {w->output[0] + x * w->output_step, w->output[1] + x * w->output_step};
  const ptrdiff_t step = w->output_step;
  const bool quick = w->quick;
  TINYML_UNROLL
  for (int32_t first = 0; first < ROWS * pixels; first += 4) {
    tinyml_vec four[4];
    TINYML_UNROLL
    for (int32_t j = 0; j < 4; j++) four[j] = sums[first + j < ROWS * pixels ? first + j : first];
    if (quick) {
      requantize(four, &b->requantization, true);
    } else {
      tinyml_vec copy[4]; /* an array in memory, where `four` are registers */
      TINYML_UNROLL
      for (int32_t j = 0; j < 4; j++) copy[j] = four[j];
      requantize_general(copy, &b->requantization);
      TINYML_UNROLL
      for (int32_t j = 0; j < 4; j++) four[j] = copy[j];
    }
    const tinyml_bytes bytes = tinyml_narrow(four, &range);
    TINYML_UNROLL
    for (int32_t j = 0; j < 4; j++) {
      const int32_t row = ROWS - 1 - (first + j) % ROWS, pixel = (first + j) / ROWS;
      if (pixel < pixels) tinyml_store_quarter(output[row] + pixel * step, bytes, j);
    }
  }
}

/* All pixels of two rows, in tiles of at most `pixels`. */
TINYML_INLINE void run_tiles(const work *same, const tinyml_element *image, int32_t pixels, const int32_t stride) {
  const work copy = *same, *w = &copy;
  for (int32_t x = 0; x < w->width; x += pixels) {
    const int32_t part = w->width - x < pixels ? w->width - x : pixels;
    TINYML_UNROLL
    for (int32_t i = 1; i <= MOST_PIXELS; i++) {
      if (i == part) tile(w, image, x, i, stride);
    }
  }
}

static void run_tiles_1(const work *w, const tinyml_element *image, int32_t pixels) {
  run_tiles(w, image, pixels, 1);
}

static void run_tiles_2(const work *w, const tinyml_element *image, int32_t pixels) {
  run_tiles(w, image, pixels, 2);
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  const layout l = layout_of(p);
  const block *blocks = (const void *)((const int8_t *)packed + sizeof(tinyml_packed));
  const int8_t *input = operands[0];
  int8_t *output = operands[5], *padding = (int8_t *)scratch + image_bytes(p, &l);
  const ptrdiff_t output_row = (ptrdiff_t)p->out_w * p->in_channels;
  const int32_t tiles = (p->out_w + MOST_PIXELS - 1) / MOST_PIXELS, pixels = (p->out_w + tiles - 1) / tiles;
  void (*const run_both)(const work *, const tinyml_element *, int32_t) = p->stride_w == 1 ? run_tiles_1 : run_tiles_2;
  work w = {.pixel = p->in_channels * (ptrdiff_t)TINYML_WORD,
            .pair_size = (ptrdiff_t)l.pair_size,
            .output_step = p->in_channels,
            .output_range = tinyml_output_of(p->output_offset, p->act_min, p->act_max),
            .width = p->out_w,
            .quick = ((const tinyml_packed *)packed)->quick != 0};
  memset(padding, -p->input_offset, (size_t)p->in_w * (size_t)p->in_channels);
  for (int32_t image = 0; image < p->batch; image++, input += (int64_t)p->in_h * p->in_w * p->in_channels) {
    for (int32_t row = 0; row < p->out_h; row += l.band) {
      const int32_t rows = p->out_h - row < l.band ? p->out_h - row : l.band;
      const tinyml_element *pairs = scratch;
      fill_pairs(scratch, p, &l, input, padding, row, rows);
      for (int32_t at = 0; at < rows; at += ROWS, pairs += l.step * l.pair_size) {
        for (int32_t channel = 0; channel < p->in_channels; channel += TINYML_LANES) {
          w.block = blocks + channel / TINYML_LANES;
          w.output[0] = output + at * output_row + channel;
          w.output[1] = w.output[0] + (at + 1 < rows ? output_row : 0);
          run_both(&w, pairs + channel * TINYML_WORD, pixels);
        }
      }
      output += rows * output_row;
    }
  }
}

const tinyml_functions TINYML_NAME(depthwise_conv2d_pairs_s8) = {supports, packed_bytes, pack, scratch_bytes, run};
#endif
