/* Depthwise convolution on WIDTH neighbouring outputs of a row at once, whatever pixels and channels they are.
 *
 * The input goes once, band by band, into an image with padding around it. There the columns of a row that one kernel
 * column meets lie side by side (columns 0, s, 2s ... then 1, s + 1 ... for stride s), so that neighbouring outputs read
 * neighbouring elements per tap. TINYML_WORD kernel rows at a time, a layer, are interleaved into words and multiplied
 * by one instruction. Where a kernel leaves rows of its layers unused, two output rows share them, each with weights that
 * begin at another row. The weights of WIDTH outputs repeat after lcm(channels, WIDTH): that many `patterns` of them are
 * packed. */
#include "layer.h"

typedef tinyml_depthwise_conv2d_s8_params params;

/* A band is as many output rows as fit into this many bytes of image, at least one: it stays in the second cache. */
enum { BAND_BYTES = 128 << 10 };

/* Outputs that are computed together, as vectors. */
enum { PARTS = 4, WIDTH = PARTS * TINYML_LANES };

/* Most output rows that are computed together. */
enum { MAX_SHARE = 2 };

typedef struct {
  int32_t channels, patterns;
  int32_t layers;            /* of kernel rows, TINYML_WORD each */
  int32_t share;             /* output rows that are computed together */
  int64_t columns, row_size; /* of the image: columns of each remainder, and elements of a row */
  int64_t weights_size;      /* of the weights of WIDTH outputs in one row, in elements */
  int32_t band;              /* output rows */
} layout;

static int64_t image_rows(const params *p, int64_t output_rows) {
  return (output_rows - 1) * p->stride_h + (int64_t)(p->kernel_h - 1) * p->dilation_h + 1;
}

static layout layout_of(const params *p) {
  layout l;
  l.channels = p->in_channels * p->depth_multiplier;
  const int32_t divisor = l.channels & -l.channels;
  l.patterns = l.channels / (divisor < WIDTH ? divisor : WIDTH);
  l.layers = (p->kernel_h + TINYML_WORD - 1) / TINYML_WORD;
  l.share = p->dilation_h == 1 && p->kernel_h + p->stride_h <= l.layers * TINYML_WORD ? MAX_SHARE : 1;
  l.columns = p->out_w + (int64_t)(p->kernel_w - 1) * p->dilation_w / p->stride_w;
  l.row_size = l.columns * p->stride_w * l.channels;
  l.weights_size = (int64_t)l.layers * p->kernel_w * WIDTH * TINYML_WORD;
  const int64_t spare = BAND_BYTES / (int64_t)sizeof(tinyml_element) / l.row_size - image_rows(p, 1);
  const int64_t band = spare < 0 ? 1 : spare / p->stride_h + 1;
  l.band = band > p->out_h ? p->out_h : (int32_t)band;
  return l;
}

/* Reads of WIDTH elements may pass the end of a row. */
static int64_t image_bytes(const params *p, const layout *l) {
  return (image_rows(p, l->band) * l->row_size + WIDTH) * (int64_t)sizeof(tinyml_element) / 64 * 64 + 64;
}

/* Scratch: the image, and where the columns of the kernel are. */
static int64_t all_scratch(const params *p, const layout *l) {
  return image_bytes(p, l) + p->kernel_w * (int64_t)sizeof(ptrdiff_t);
}

/* Weights are packed [pattern][output row][layer][kernel_w][part][TINYML_LANES][TINYML_WORD] as elements. */
static int64_t packed_bytes(const void *of) {
  const layout l = layout_of(of);
  const int64_t weights = l.share * l.weights_size * (int64_t)sizeof(tinyml_element);
  return (int64_t)sizeof(tinyml_packed) + ((int64_t)sizeof(tinyml_requantisation) * PARTS + weights) * l.patterns;
}

static int supports(const void *of) {
  const params *p = of;
  const layout l = layout_of(p);
  return tinyml_padding_fits(p->input_offset) && all_scratch(p, &l) <= INT32_MAX &&
         packed_bytes(p) <= INT32_MAX;
}

static int64_t scratch_bytes(const void *of) {
  const layout l = layout_of(of);
  return all_scratch(of, &l);
}

typedef struct {
  const params *p;
  int32_t channels;
  const int8_t *weights;
  const int32_t *bias, *multiplier, *shift;
} source;

static tinyml_channel channel_at(const void *of, int64_t index) {
  const source *s = of;
  const int64_t lane = index % TINYML_LANES, part = index / TINYML_LANES % PARTS;
  const int64_t output = index / WIDTH * WIDTH + tinyml_output_index((int32_t)part, (int32_t)lane);
  const int32_t channel = (int32_t)(output % s->channels);
  return tinyml_channel_of(s->weights + channel, (int64_t)s->p->kernel_h * s->p->kernel_w, s->channels,
                           s->p->input_offset, s->bias[channel], s->multiplier[channel], s->shift[channel]);
}

/* Weights of the WIDTH outputs from `first` on, for an output row that begins `shift` rows down. */
static void pack_weights(tinyml_element *to, const source *s, int64_t first, int32_t shift) {
  for (int32_t y = 0; y < s->p->kernel_h; y++) {
    for (int32_t x = 0; x < s->p->kernel_w; x++) {
      const int8_t *tap = s->weights + ((int64_t)y * s->p->kernel_w + x) * s->channels;
      const int32_t layer = (y + shift) / TINYML_WORD, element = (y + shift) % TINYML_WORD;
      tinyml_element *words = to + ((int64_t)layer * s->p->kernel_w + x) * WIDTH * TINYML_WORD;
      for (int32_t i = 0; i < WIDTH; i++) {
        const int64_t output = first + tinyml_output_index(i / TINYML_LANES, i % TINYML_LANES);
        const int32_t at = tinyml_part_index(i % TINYML_LANES, element);
        words[i / TINYML_LANES * TINYML_LANES * TINYML_WORD + at] = (tinyml_element)tap[output % s->channels];
      }
    }
  }
}

static void pack(const void *of, const void *const *constants, void *packed) {
  const params *p = of;
  const layout l = layout_of(p);
  const source s = {p, l.channels, constants[0], constants[1], constants[2], constants[3]};
  tinyml_element *to = (tinyml_element *)(void *)(tinyml_requantisations(packed) + PARTS * (int64_t)l.patterns);
  memset(packed, 0, (size_t)packed_bytes(p));
  tinyml_pack_channels(packed, PARTS * (int64_t)l.patterns, channel_at, &s);
  for (int64_t pattern = 0; pattern < l.patterns; pattern++) {
    for (int32_t row = 0; row < l.share; row++, to += l.weights_size) {
      pack_weights(to, &s, pattern * WIDTH, row * p->stride_h);
    }
  }
}

/* Elements of a pixel for all its outputs. */
static void repeat_pixel(tinyml_element *to, const int8_t *from, const params *p, int32_t offset) {
  for (int32_t channel = 0; channel < p->in_channels; channel++) {
    for (int32_t i = 0; i < p->depth_multiplier; i++) *to++ = (tinyml_element)(from[channel] + offset);
  }
}

/* Fills the image with what output rows [first, first + rows) read: of every row the columns at a remainder of the
 * stride, with padding where they are outside of the input. */
static void fill_image(tinyml_element *image, const params *p, const layout *l, const int8_t *input, int32_t first,
                       int32_t rows) {
  const int32_t offset = tinyml_image_offset(p->input_offset), padding = tinyml_padding(p->input_offset);
  const int64_t lines = image_rows(p, rows), y0 = (int64_t)first * p->stride_h - p->pad_top;
  const int64_t row_bytes = (int64_t)p->in_w * p->in_channels, step = (int64_t)p->stride_w * p->in_channels;
  for (int32_t remainder = 0; remainder < p->stride_w; remainder++, image += l->columns * l->channels) {
    const int64_t column = remainder - p->pad_left;
    const tinyml_columns c = tinyml_split_columns(column, p->stride_w, l->columns, p->in_w);
    const int64_t left = c.left * l->channels, inside = c.inside * l->channels, all = l->columns * l->channels;
    for (int64_t line = 0; line < lines; line++) {
      const int64_t y = y0 + line;
      tinyml_element *to = image + line * l->row_size;
      if (y < 0 || y >= p->in_h) {
        tinyml_pad(to, all, padding);
        continue;
      }
      const int8_t *from = input + y * row_bytes + (column + c.left * p->stride_w) * p->in_channels;
      tinyml_pad(to, left, padding);
      tinyml_pad(to + left + inside, all - left - inside, padding);
      if (p->depth_multiplier == 1) {
        tinyml_copy_pixels(to + left, from, c.inside, l->channels, step, offset);
        continue;
      }
      for (int64_t i = 0; i < c.inside; i++) repeat_pixel(to + left + i * l->channels, from + i * step, p, offset);
    }
  }
}

/* What is the same for all outputs of a pattern in a band. */
typedef struct {
  const tinyml_element *weights;
  const tinyml_requantisation *requantisation;
  tinyml_output output;
  bool quick;
  int32_t layers, kernel_h, kernel_w, stride_h;
  ptrdiff_t weights_size, row_step; /* elements per output row, and from one kernel row to the next in the image */
  const ptrdiff_t *taps;            /* elements from the first output of a row to its kernel columns */
  ptrdiff_t output_row;
} work;

/* sums[s] += words of the rows at a kernel column times the weights of output row s. */
TINYML_INLINE void accumulate(tinyml_vec sums[MAX_SHARE][PARTS], const int32_t share,
                              const tinyml_element *const rows[TINYML_WORD], ptrdiff_t at,
                              const tinyml_element *weights, ptrdiff_t weights_size) {
  tinyml_words words[PARTS];
  tinyml_interleave(words, rows, at);
  TINYML_UNROLL
  for (int32_t s = 0; s < share; s++) {
    TINYML_UNROLL
    for (int32_t j = 0; j < PARTS; j++) {
      const tinyml_element *with = weights + s * weights_size + j * TINYML_LANES * TINYML_WORD;
      sums[s][j] = tinyml_multiply_add(sums[s][j], words[j], tinyml_load_words(with));
    }
  }
}

TINYML_INLINE tinyml_bytes outputs_of(const tinyml_vec sums[PARTS], const work *w, const bool quick) {
  tinyml_vec values[PARTS];
  TINYML_UNROLL
  for (int32_t j = 0; j < PARTS; j++) values[j] = tinyml_requantise_vec(sums[j], &w->requantisation[j], quick);
  return tinyml_narrow_parts(values, &w->output);
}

/* Less than WIDTH outputs, or requantisation in the general form: rare, so the same code for all. */
static __attribute__((noinline)) void store_rare(const tinyml_vec sums[PARTS], const work *w, int8_t *to,
                                                 ptrdiff_t count) {
  const tinyml_bytes bytes = w->quick ? outputs_of(sums, w, true) : outputs_of(sums, w, false);
  tinyml_store_some_bytes(to, bytes, count);
}

/* `w` is a copy of `same` that no function is given, so that it can stay in registers. */
TINYML_INLINE void store(const tinyml_vec sums[PARTS], const work *w, const work *same, int8_t *to, ptrdiff_t count) {
  if (w->quick && count >= WIDTH) {
    tinyml_store_bytes(to, outputs_of(sums, w, true));
  } else {
    tinyml_vec copy[PARTS]; /* an array in memory, where `sums` are registers */
    TINYML_UNROLL
    for (int32_t j = 0; j < PARTS; j++) copy[j] = sums[j];
    store_rare(copy, same, to, count);
  }
}

/* Rows of a layer. Those beyond the last that has weights are any. */
TINYML_INLINE void layer_rows(const tinyml_element *rows[TINYML_WORD], const work *w, const tinyml_element *image,
                              int32_t layer, const int32_t used) {
  TINYML_UNROLL
  for (int32_t j = 0; j < TINYML_WORD; j++) {
    const int32_t row = layer * TINYML_WORD + j;
    rows[j] = image + (row < used ? row : layer * TINYML_WORD) * w->row_step;
  }
}

/* Outputs of one pattern in `share` rows: vectors at first, first + step, ... below `count`. */
TINYML_INLINE void run_rows(const work *same, const tinyml_element *image, int8_t *output, ptrdiff_t first,
                            ptrdiff_t step, ptrdiff_t count, const int32_t share) {
  const work copy = *same, *w = &copy;
  for (ptrdiff_t at = first; at < count; at += step) {
    tinyml_vec sums[MAX_SHARE][PARTS];
    TINYML_UNROLL
    for (int32_t j = 0; j < share * PARTS; j++) sums[j / PARTS][j % PARTS] = tinyml_load_bias(&w->requantisation[j % PARTS]);
    const tinyml_element *weights = w->weights;
    for (int32_t layer = 0; layer < w->layers; layer++) {
      const tinyml_element *rows[TINYML_WORD];
      layer_rows(rows, w, image, layer, w->kernel_h + (share - 1) * w->stride_h);
      for (int32_t x = 0; x < w->kernel_w; x++, weights += WIDTH * TINYML_WORD) {
        accumulate(sums, share, rows, at + w->taps[x], weights, w->weights_size);
      }
    }
    TINYML_UNROLL
    for (int32_t s = 0; s < share; s++) store(sums[s], w, same, output + s * w->output_row + at, count - at);
  }
}

/* The same for 3x3 kernels. */
TINYML_INLINE void run_rows_3x3(const work *same, const tinyml_element *image, int8_t *output, ptrdiff_t first,
                                ptrdiff_t step, ptrdiff_t count, const int32_t share) {
  enum { LAYERS = (3 + TINYML_WORD - 1) / TINYML_WORD };
  const work copy = *same, *w = &copy;
  const ptrdiff_t taps[3] = {w->taps[0], w->taps[1], w->taps[2]};
  const tinyml_element *rows[LAYERS][TINYML_WORD];
  TINYML_UNROLL
  for (int32_t layer = 0; layer < LAYERS; layer++) layer_rows(rows[layer], w, image, layer, share + 2);
  for (ptrdiff_t at = first; at < count; at += step) {
    tinyml_vec sums[MAX_SHARE][PARTS];
    TINYML_UNROLL
    for (int32_t j = 0; j < share * PARTS; j++) sums[j / PARTS][j % PARTS] = tinyml_load_bias(&w->requantisation[j % PARTS]);
    TINYML_UNROLL
    for (int32_t tap = 0; tap < 3 * LAYERS; tap++) {
      accumulate(sums, share, rows[tap / 3], at + taps[tap % 3], w->weights + tap * WIDTH * TINYML_WORD, w->weights_size);
    }
    TINYML_UNROLL
    for (int32_t s = 0; s < share; s++) store(sums[s], w, same, output + s * w->output_row + at, count - at);
  }
}

typedef void row_function(const work *, const tinyml_element *, int8_t *, ptrdiff_t, ptrdiff_t, ptrdiff_t);

#define ROWS(name, share)                                                                                         \
  static void name##_##share(const work *w, const tinyml_element *image, int8_t *output, ptrdiff_t first,         \
                             ptrdiff_t step, ptrdiff_t count) {                                                   \
    name(w, image, output, first, step, count, share);                                                            \
  }
ROWS(run_rows, 1)
ROWS(run_rows, 2)
ROWS(run_rows_3x3, 1)
ROWS(run_rows_3x3, 2)

/* Output rows [0, rows) of a band. */
static void run_band(work *w, const params *p, const layout *l, const void *packed, const tinyml_element *image,
                     int32_t rows, int8_t *output) {
  static row_function *const functions[2][MAX_SHARE + 1] = {{NULL, run_rows_1, run_rows_2},
                                                            {NULL, run_rows_3x3_1, run_rows_3x3_2}};
  const tinyml_requantisation *requantisation = tinyml_requantisations(packed);
  const tinyml_element *weights = (const void *)(requantisation + PARTS * (int64_t)l->patterns);
  const bool square = p->kernel_h == 3 && p->kernel_w == 3;
  for (int32_t pattern = 0; pattern < l->patterns && pattern * (ptrdiff_t)WIDTH < w->output_row; pattern++) {
    w->weights = weights + pattern * (l->share * l->weights_size);
    w->requantisation = requantisation + (int64_t)pattern * PARTS;
    for (int32_t row = 0; row < rows; row += l->share) {
      const int32_t share = rows - row < l->share ? rows - row : l->share;
      functions[square][share](w, image + row * p->stride_h * l->row_size, output + row * w->output_row,
                               pattern * (ptrdiff_t)WIDTH, l->patterns * (ptrdiff_t)WIDTH, w->output_row);
    }
  }
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  const layout l = layout_of(p);
  const int8_t *input = operands[0];
  int8_t *output = operands[5];
  ptrdiff_t *taps = (ptrdiff_t *)(void *)((int8_t *)scratch + image_bytes(p, &l));
  work w = {.quick = ((const tinyml_packed *)packed)->quick != 0,
            .layers = l.layers,
            .kernel_h = p->kernel_h,
            .kernel_w = p->kernel_w,
            .stride_h = p->stride_h,
            .weights_size = (ptrdiff_t)l.weights_size,
            .row_step = (ptrdiff_t)(p->dilation_h * l.row_size),
            .taps = taps,
            .output_row = (ptrdiff_t)p->out_w * l.channels};
  for (int32_t x = 0; x < p->kernel_w; x++) {
    const int32_t column = x * p->dilation_w;
    taps[x] = (ptrdiff_t)((column % p->stride_w * l.columns + column / p->stride_w) * l.channels);
  }
  w.output = tinyml_output_of(p->output_offset, p->act_min, p->act_max);
  for (int32_t batch = 0; batch < p->batch; batch++) {
    for (int32_t row = 0; row < p->out_h; row += l.band) {
      const int32_t rows = p->out_h - row < l.band ? p->out_h - row : l.band;
      fill_image(scratch, p, &l, input, row, rows);
      run_band(&w, p, &l, packed, scratch, rows, output);
      output += rows * (int64_t)w.output_row;
    }
    input += (int64_t)p->in_h * p->in_w * p->in_channels;
  }
}

const tinyml_functions TINYML_NAME(depthwise_conv2d_s8) = {supports, packed_bytes, pack, scratch_bytes, run};
