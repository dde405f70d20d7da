/* The image that depthwise convolutions read, WIDTH neighbouring outputs of a row at once, whatever pixels and channels
 * they are. There the columns of a row that one kernel column meets lie side by side (columns 0, s, 2s ... then 1, s + 1
 * ... for stride s), so that neighbouring outputs read neighbouring elements per tap. */
#ifndef TINYML_SIMD_DEPTHWISE_IMAGE_H
#define TINYML_SIMD_DEPTHWISE_IMAGE_H

#include "layer.h"
#include "../generic/tinyml_tiles.h"

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
  int64_t beyond;            /* columns of the image beyond those of the output, of each remainder of the stride */
  int64_t columns, row_size; /* of the image: columns of each remainder, and elements of a row */
  int64_t weights_size;      /* of the weights of WIDTH outputs in one row, in elements */
  int32_t band;              /* output rows */
} layout;

static int64_t image_rows(const tinyml_depthwise_conv2d_s8_params *p, int64_t output_rows) {
  return (output_rows - 1) * p->stride_h + (int64_t)(p->kernel_h - 1) * p->dilation_h + 1;
}

static layout layout_of(const tinyml_depthwise_conv2d_s8_params *p) {
  layout l;
  l.channels = p->in_channels * p->depth_multiplier;
  const int32_t divisor = l.channels & -l.channels;
  l.patterns = l.channels / (divisor < WIDTH ? divisor : WIDTH);
  l.layers = (p->kernel_h + TINYML_WORD - 1) / TINYML_WORD;
  l.share = p->dilation_h == 1 && p->kernel_h + p->stride_h <= l.layers * TINYML_WORD ? MAX_SHARE : 1;
  l.weights_size = (int64_t)l.layers * p->kernel_w * WIDTH * TINYML_WORD;
  l.beyond = (int64_t)(p->kernel_w - 1) * p->dilation_w / p->stride_w;
  l.columns = p->out_w + l.beyond;
  l.row_size = l.columns * p->stride_w * l.channels;
  const int64_t spare = BAND_BYTES / (int64_t)sizeof(tinyml_element) / l.row_size - image_rows(p, 1);
  const int64_t band = spare < 0 ? 1 : spare / p->stride_h + 1;
  l.band = band > p->out_h ? p->out_h : (int32_t)band;
  return l;
}

/* Reads of WIDTH elements may pass the end of a row. */
static int64_t image_bytes(const tinyml_depthwise_conv2d_s8_params *p, const layout *l) {
  return (image_rows(p, l->band) * l->row_size + WIDTH) * (int64_t)sizeof(tinyml_element) / 64 * 64 + 64;
}

/* Scratch: the image, and where the columns of the kernel are. */
static int64_t depthwise_scratch(const tinyml_depthwise_conv2d_s8_params *p, const layout *l) {
  return image_bytes(p, l) + p->kernel_w * (int64_t)sizeof(ptrdiff_t);
}

/* What is the same for all outputs of a pattern in a band. */
typedef struct {
  const tinyml_element *weights;
  int32_t layers, kernel_h, kernel_w, stride_h;
  ptrdiff_t weights_size, row_step; /* elements per output row, and from one kernel row to the next in the image */
  const ptrdiff_t *taps;            /* elements from the first output of a row to its kernel columns */
  ptrdiff_t outputs, output_step;   /* of a row, and from one row of them to the next */
} depthwise_rows;

/* `taps` is where the columns of the kernel are written to. Rows of outputs are side by side. */
static depthwise_rows rows_of(const tinyml_depthwise_conv2d_s8_params *p, const layout *l, ptrdiff_t *taps) {
  for (int32_t x = 0; x < p->kernel_w; x++) {
    const int32_t column = x * p->dilation_w, whole = p->stride_w == 1 ? column : column / p->stride_w;
    taps[x] = (ptrdiff_t)(((column - whole * p->stride_w) * l->columns + whole) * l->channels);
  }
  return (depthwise_rows){.layers = l->layers,
                          .kernel_h = p->kernel_h,
                          .kernel_w = p->kernel_w,
                          .stride_h = p->stride_h,
                          .weights_size = (ptrdiff_t)l->weights_size,
                          .row_step = (ptrdiff_t)(p->dilation_h * l->row_size),
                          .taps = taps,
                          .outputs = (ptrdiff_t)p->out_w * l->channels,
                          .output_step = (ptrdiff_t)p->out_w * l->channels};
}

/* Elements of `count` pixels, `step` bytes apart, each for all its outputs. */
static void repeat_pixels(tinyml_element *to, const int8_t *from, int64_t count, int64_t step,
                          const tinyml_depthwise_conv2d_s8_params *p) {
  const int32_t offset = tinyml_image_offset(p->input_offset);
  for (int64_t pixel = 0; pixel < count; pixel++, from += step) {
    for (int32_t channel = 0; channel < p->in_channels; channel++) {
      for (int32_t i = 0; i < p->depth_multiplier; i++) *to++ = (tinyml_element)(from[channel] + offset);
    }
  }
}

/* Fills the image with what a rectangle of the output reads: of every row the columns at a remainder of the stride, with
 * padding where they are outside of the input. Rows are as far apart as those for the whole output. */
static void fill_part(tinyml_element *image, const tinyml_depthwise_conv2d_s8_params *p, const layout *l,
                      const int8_t *input, tinyml_tile part) {
  const int64_t lines = image_rows(p, part.y1 - part.y0), y0 = (int64_t)part.y0 * p->stride_h - p->pad_top;
  const int64_t columns = part.x1 - part.x0 + l->beyond;
  const int64_t row_bytes = (int64_t)p->in_w * p->in_channels, step = (int64_t)p->stride_w * p->in_channels;
  const tinyml_span y = tinyml_split(y0, 1, lines, p->in_h);
  for (int32_t remainder = 0; remainder < p->stride_w; remainder++, image += l->columns * l->channels) {
    const int64_t column = (int64_t)part.x0 * p->stride_w + remainder - p->pad_left;
    const tinyml_span x = tinyml_split(column, p->stride_w, columns, p->in_w);
    const tinyml_rows to = {.row_step = l->row_size, .lines = lines, .columns = columns, .y = y, .x = x};
    const int8_t *from = input + (y0 + y.before) * row_bytes + (column + x.before * p->stride_w) * p->in_channels;
    if (p->depth_multiplier == 1) {
      tinyml_fill_rows(image, &to, from, row_bytes, step, l->channels, p->input_offset);
      continue;
    }
    const tinyml_rows padding = {.row_step = l->row_size, .lines = lines, .columns = columns, .y = y, .x = {x.before, 0}};
    tinyml_fill_rows(image, &padding, from, row_bytes, step, l->channels, p->input_offset);
    for (int64_t line = 0; line < y.inside; line++) {
      tinyml_element *pixels = image + (y.before + line) * l->row_size + x.before * l->channels;
      repeat_pixels(pixels, from + line * row_bytes, x.inside, step, p);
    }
  }
}

/* Fills the image with what output rows [first, first + rows) read. */
static void fill_image(tinyml_element *image, const tinyml_depthwise_conv2d_s8_params *p, const layout *l,
                       const int8_t *input, int32_t first, int32_t rows) {
  fill_part(image, p, l, input, (tinyml_tile){first, 0, first + rows, p->out_w});
}

#endif
