/* Depthwise convolution on 64 neighbouring outputs of a row at once, whatever pixels and channels they are.
 *
 * The input goes once, band by band, into an image of uint8 with zero points around it. There the columns of a row that
 * one kernel column meets lie side by side (columns 0, s, 2s ... then 1, s + 1 ... for stride s), so that 64 outputs
 * read 64 neighbouring bytes per tap. Four kernel rows at a time are interleaved and multiplied by one VPDPBUSD.
 * The weights of 64 outputs repeat after lcm(channels, 64): that many `patterns` of them are packed. */
#include "tinyml_avx512.h"
#include "../tinyml_functions.h"

typedef tinyml_depthwise_conv2d_s8_params params;

/* A band is as many output rows as fit into this many bytes of image, at least one: it stays in the second cache. */
enum { BAND_BYTES = 128 << 10 };

/* Outputs of a vector, and its parts with 16 sums each: part j has, of every 16 bytes, those from 4j to 4j + 3. */
enum { WIDTH = 64, PARTS = 4 };

typedef struct {
  int32_t channels, patterns, quads; /* quads of kernel rows */
  int64_t columns, line_bytes;       /* of the image: columns of each remainder, and bytes of a row */
  int64_t pattern_bytes;             /* of weights */
  int32_t band;                      /* output rows */
} layout;

static int64_t image_rows(const params *p, int64_t output_rows) {
  return (output_rows - 1) * p->stride_h + (int64_t)(p->kernel_h - 1) * p->dilation_h + 1;
}

static layout layout_of(const params *p) {
  layout l;
  l.channels = p->in_channels * p->depth_multiplier;
  const int32_t divisor = l.channels & -l.channels;
  l.patterns = l.channels / (divisor < WIDTH ? divisor : WIDTH);
  l.quads = (p->kernel_h + 3) / 4;
  l.columns = p->out_w + (int64_t)(p->kernel_w - 1) * p->dilation_w / p->stride_w;
  l.line_bytes = l.columns * p->stride_w * l.channels;
  l.pattern_bytes = (int64_t)l.quads * p->kernel_w * PARTS * 64;
  const int64_t spare = BAND_BYTES / l.line_bytes - image_rows(p, 1);
  const int64_t band = spare < 0 ? 1 : spare / p->stride_h + 1;
  l.band = band > p->out_h ? p->out_h : (int32_t)band;
  return l;
}

static int64_t image_bytes(const params *p, const layout *l) {
  return image_rows(p, l->band) * l->line_bytes + WIDTH;
}

/* Packed: a flag, the requantisation of every pattern, its weights [pattern][quad][kernel_w][part][16][4 rows]. */
typedef struct {
  _Alignas(64) int32_t quick;
} header;

static size_t requantisation_bytes(const layout *l) {
  return sizeof(tinyml_requantisation) * PARTS * (size_t)l->patterns;
}

static size_t packed_bytes(const void *of) {
  const params *p = of;
  const layout l = layout_of(p);
  return sizeof(header) + requantisation_bytes(&l) + (size_t)(l.pattern_bytes * l.patterns);
}

/* Zero points of int8, and memory in proportion. */
static int supports(const void *of) {
  const params *p = of;
  const layout l = layout_of(p);
  return p->input_offset >= -127 && p->input_offset <= 128 && image_bytes(p, &l) <= INT32_MAX &&
         packed_bytes(p) <= INT32_MAX;
}

static size_t scratch_bytes(const void *of) {
  const params *p = of;
  const layout l = layout_of(p);
  return (size_t)image_bytes(p, &l);
}

static void pack(const void *of, const void *const *constants, void *packed) {
  const params *p = of;
  const int8_t *weights = constants[0];
  const int32_t *bias = constants[1], *multiplier = constants[2], *shift = constants[3];
  const layout l = layout_of(p);
  const int64_t taps = (int64_t)p->kernel_h * p->kernel_w;
  header *head = packed;
  tinyml_requantisation *requantisation = (void *)((int8_t *)packed + sizeof(header));
  int8_t *to = (int8_t *)requantisation + requantisation_bytes(&l);
  memset(packed, 0, packed_bytes(p));
  bool quick = true;
  for (int32_t channel = 0; channel < l.channels; channel++) {
    int64_t magnitude = 0;
    for (int64_t tap = 0; tap < taps; tap++) {
      const int32_t weight = weights[tap * l.channels + channel];
      magnitude += weight < 0 ? -weight : weight;
    }
    quick = quick && tinyml_quick(bias[channel], magnitude, shift[channel]);
  }
  head->quick = quick;
  for (int64_t i = 0; i < (int64_t)l.patterns * WIDTH; i++) {
    const int32_t channel = (int32_t)(i % l.channels), at = (int32_t)(i % WIDTH);
    const int32_t part = at % 16 / 4, lane = at / 16 * 4 + at % 4;
    int64_t sum = 0;
    for (int32_t y = 0; y < p->kernel_h; y++) {
      for (int32_t x = 0; x < p->kernel_w; x++) {
        const int8_t weight = weights[((int64_t)y * p->kernel_w + x) * l.channels + channel];
        const int64_t vector = ((int64_t)(y / 4) * p->kernel_w + x) * PARTS + part;
        to[i / WIDTH * l.pattern_bytes + vector * 64 + lane * 4 + y % 4] = weight;
        sum += weight;
      }
    }
    const uint32_t corrected = (uint32_t)(bias[channel] + sum * (p->input_offset - 128));
    tinyml_pack_requantisation(&requantisation[i / WIDTH * PARTS + part], lane, corrected, multiplier[channel],
                               shift[channel], quick);
  }
}

/* Pixels of a row at column, column + stride, ...: zero points where they are outside of the input. */
static void fill_columns(uint8_t *to, const params *p, const layout *l, const int8_t *row, int64_t column) {
  const int32_t zero_point = 128 - p->input_offset;
  const tinyml_columns c = tinyml_split_columns(column, p->stride_w, l->columns, p->in_w);
  const int64_t right = l->columns - c.left - c.inside;
  const int8_t *from = row + (column + c.left * p->stride_w) * p->in_channels;
  uint8_t *inside = to + c.left * l->channels;
  if (c.left > 0) memset(to, zero_point, (size_t)(c.left * l->channels));
  if (right > 0) memset(inside + c.inside * l->channels, zero_point, (size_t)(right * l->channels));
  if (p->depth_multiplier == 1) {
    tinyml_copy_pixels(inside, from, c.inside, l->channels, (int64_t)p->stride_w * l->channels);
    return;
  }
  for (int64_t i = 0; i < c.inside; i++, inside += l->channels, from += (int64_t)p->stride_w * p->in_channels) {
    for (int32_t channel = 0; channel < l->channels; channel++) {
      inside[channel] = (uint8_t)(from[channel / p->depth_multiplier] + 128);
    }
  }
}

/* Fills the image with what output rows [first, first + rows) read. */
static void fill_image(uint8_t *image, const params *p, const layout *l, const int8_t *input, int32_t first,
                       int32_t rows) {
  const int64_t lines = image_rows(p, rows), y0 = (int64_t)first * p->stride_h - p->pad_top;
  for (int64_t y = y0; y < y0 + lines; y++, image += l->line_bytes) {
    if (y < 0 || y >= p->in_h) {
      memset(image, 128 - p->input_offset, (size_t)l->line_bytes);
      continue;
    }
    for (int32_t remainder = 0; remainder < p->stride_w; remainder++) {
      fill_columns(image + remainder * l->columns * l->channels, p, l, input + y * p->in_w * p->in_channels,
                   remainder - p->pad_left);
    }
  }
}

/* What is the same for all outputs of a pattern. Distances in bytes. */
typedef struct {
  const int8_t *weights;
  const tinyml_requantisation *requantisation;
  tinyml_output output;
  int64_t row_step; /* from one kernel row to the next in the image */
  int32_t kernel_h, kernel_w, dilation_w, stride_w;
  int64_t pixel_bytes, remainder_bytes;
} work;

/* sums[j] += four bytes of each column of four rows times weights. */
TINYML_INLINE void accumulate(__m512i sums[PARTS], const uint8_t *const rows[4], int64_t at, const int8_t *weights) {
  const __m512i a = _mm512_loadu_si512(rows[0] + at), b = _mm512_loadu_si512(rows[1] + at);
  const __m512i c = _mm512_loadu_si512(rows[2] + at), d = _mm512_loadu_si512(rows[3] + at);
  const __m512i ab_low = _mm512_unpacklo_epi8(a, b), ab_high = _mm512_unpackhi_epi8(a, b);
  const __m512i cd_low = _mm512_unpacklo_epi8(c, d), cd_high = _mm512_unpackhi_epi8(c, d);
  const __m512i columns[PARTS] = {_mm512_unpacklo_epi16(ab_low, cd_low), _mm512_unpackhi_epi16(ab_low, cd_low),
                                  _mm512_unpacklo_epi16(ab_high, cd_high), _mm512_unpackhi_epi16(ab_high, cd_high)};
#pragma GCC unroll 4
  for (int32_t j = 0; j < PARTS; j++) {
    sums[j] = _mm512_dpbusd_epi32(sums[j], columns[j], _mm512_load_si512(weights + j * 64));
  }
}

TINYML_INLINE void store_as(const __m512i sums[PARTS], const work *w, int8_t *to, int64_t count, const bool quick) {
  __m512i values[PARTS];
#pragma GCC unroll 4
  for (int32_t j = 0; j < PARTS; j++) values[j] = tinyml_requantise_lanes(sums[j], &w->requantisation[j], quick);
  const __m512i bytes = tinyml_narrow(values[0], values[1], values[2], values[3], &w->output);
  if (count >= WIDTH) {
    _mm512_storeu_si512(to, bytes);
  } else {
    _mm512_mask_storeu_epi8(to, tinyml_first_bytes(count), bytes);
  }
}

TINYML_INLINE void store(const __m512i sums[PARTS], const work *w, int8_t *to, int64_t count) {
  if (w->output.quick) {
    store_as(sums, w, to, count, true);
  } else {
    store_as(sums, w, to, count, false);
  }
}

/* Distance of a kernel column from the first output in a row of the image. */
TINYML_INLINE int64_t tap_at(const work *w, int32_t x) {
  const int32_t column = x * w->dilation_w;
  return column % w->stride_w * w->remainder_bytes + column / w->stride_w * w->pixel_bytes;
}

/* Outputs of one pattern in a row: vectors at first, first + step, ... below `bytes`. */
static void run_row(const work *w, const uint8_t *image, int8_t *output, int64_t first, int64_t step, int64_t bytes) {
  for (int64_t at = first; at < bytes; at += step) {
    __m512i sums[PARTS];
    for (int32_t j = 0; j < PARTS; j++) sums[j] = _mm512_load_si512(w->requantisation[j].bias);
    const int8_t *weights = w->weights;
    for (int32_t y = 0; y < w->kernel_h; y += 4) {
      const uint8_t *rows[4];
      for (int32_t j = 0; j < 4; j++) rows[j] = image + (y + j < w->kernel_h ? y + j : y) * w->row_step + at;
      for (int32_t x = 0; x < w->kernel_w; x++, weights += PARTS * 64) accumulate(sums, rows, tap_at(w, x), weights);
    }
    store(sums, w, output + at, bytes - at);
  }
}

/* The same for 3x3 kernels: everything but the image stays in registers. */
static void run_row_3x3(const work *w, const uint8_t *image, int8_t *output, int64_t first, int64_t step,
                        int64_t bytes) {
  const int64_t taps[3] = {tap_at(w, 0), tap_at(w, 1), tap_at(w, 2)};
  for (int64_t at = first; at < bytes; at += step) {
    __m512i sums[PARTS];
#pragma GCC unroll 4
    for (int32_t j = 0; j < PARTS; j++) sums[j] = _mm512_load_si512(w->requantisation[j].bias);
    const uint8_t *top = image + at, *bottom = top + 2 * w->row_step;
    const uint8_t *const rows[4] = {top, top + w->row_step, bottom, bottom};
#pragma GCC unroll 3
    for (int32_t x = 0; x < 3; x++) accumulate(sums, rows, taps[x], w->weights + x * PARTS * 64);
    store(sums, w, output + at, bytes - at);
  }
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  const int8_t *input = operands[0];
  int8_t *output = operands[5];
  const layout l = layout_of(p);
  const header *head = packed;
  const tinyml_requantisation *requantisation = (const void *)((const int8_t *)packed + sizeof(header));
  const int8_t *weights = (const int8_t *)requantisation + requantisation_bytes(&l);
  const int64_t row_bytes = (int64_t)p->out_w * l.channels;
  work w = {.row_step = p->dilation_h * l.line_bytes,
            .kernel_h = p->kernel_h,
            .kernel_w = p->kernel_w,
            .dilation_w = p->dilation_w,
            .stride_w = p->stride_w,
            .pixel_bytes = l.channels,
            .remainder_bytes = l.columns * l.channels};
  w.output = tinyml_output_of(p->output_offset, p->act_min, p->act_max, head->quick != 0);
  const bool square = p->kernel_h == 3 && p->kernel_w == 3;
  for (int32_t batch = 0; batch < p->batch; batch++) {
    for (int32_t row = 0; row < p->out_h; row += l.band) {
      const int32_t rows = p->out_h - row < l.band ? p->out_h - row : l.band;
      fill_image(scratch, p, &l, input, row, rows);
      for (int32_t pattern = 0; pattern < l.patterns && pattern * (int64_t)WIDTH < row_bytes; pattern++) {
        w.weights = weights + pattern * l.pattern_bytes;
        w.requantisation = requantisation + (int64_t)pattern * PARTS;
        for (int32_t y = 0; y < rows; y++) {
          const uint8_t *image = (const uint8_t *)scratch + y * p->stride_h * l.line_bytes;
          (square ? run_row_3x3 : run_row)(&w, image, output + y * row_bytes, pattern * (int64_t)WIDTH,
                                           l.patterns * (int64_t)WIDTH, row_bytes);
        }
      }
      output += rows * row_bytes;
    }
    input += (int64_t)p->in_h * p->in_w * p->in_channels;
  }
}

const tinyml_functions tinyml_depthwise_conv2d_s8_avx512vnni = {supports, packed_bytes, pack, scratch_bytes, run};
