/* The padded image of elements that convolutions read, band by band: there every kernel row is one run of elements,
 * whatever the number of channels, read a word at a time against weights with zeros where a run ends between. */
#ifndef TINYML_SIMD_CONV_IMAGE_H
#define TINYML_SIMD_CONV_IMAGE_H

#include "conv_tile.h"
#include "../generic/tinyml_tiles.h"

/* A band is as many output rows as fit into this many bytes of image, at least one: it stays in the second cache. */
enum { BAND_BYTES = 192 << 10 };

/* How pixels and kernels lie in the image of a band, in elements. */
typedef struct {
  int32_t group_in, group_out, blocks; /* channels per group, and blocks of output channels */
  int32_t pointwise;                   /* the image holds only the pixels used */
  int32_t columns;                     /* pixels per row of the image */
  int64_t row_size, pixel_step, row_step; /* of the image; from one output pixel to the next, and row */
  runs runs;                           /* of a kernel */
  int32_t run_size;                    /* elements of a run */
  int64_t words; /* per output channel: what a block of weights is long */
  int32_t band;  /* output rows */
} layout;

static int64_t image_rows(const tinyml_conv2d_s8_params *p, int64_t output_rows) {
  return (output_rows - 1) * p->stride_h + (int64_t)(p->kernel_h - 1) * p->dilation_h + 1;
}

/* Pixels of a row of the image for so wide an output. */
static int32_t image_columns(const tinyml_conv2d_s8_params *p, const layout *l, int32_t width) {
  return l->pointwise ? width : (width - 1) * p->stride_w + (p->kernel_w - 1) * p->dilation_w + 1;
}

static layout layout_of(const tinyml_conv2d_s8_params *p) {
  layout l;
  l.group_in = p->in_channels / p->groups;
  l.group_out = p->out_channels / p->groups;
  l.blocks = (l.group_out + TINYML_LANES - 1) / TINYML_LANES;
  l.pointwise = p->kernel_h == 1 && p->kernel_w == 1;
  l.pixel_step = (int64_t)l.group_in * (l.pointwise ? 1 : p->stride_w);
  l.run_size = p->dilation_w == 1 ? p->kernel_w * l.group_in : l.group_in;
  l.runs.rows = p->kernel_h;
  l.runs.columns = p->dilation_w == 1 ? 1 : p->kernel_w;
  l.runs.words = (l.run_size + TINYML_WORD - 1) / TINYML_WORD;
  l.runs.column_step = (int64_t)l.group_in * p->dilation_w;
  l.words = (int64_t)l.runs.rows * l.runs.columns * l.runs.words;
  l.columns = image_columns(p, &l, p->out_w);
  l.row_size = (int64_t)l.columns * l.group_in;
  l.row_step = l.row_size * (l.pointwise ? 1 : p->stride_h);
  l.runs.row_step = l.row_size * p->dilation_h;
  const int64_t rows = BAND_BYTES / (int64_t)sizeof(tinyml_element) / l.row_size, spare = rows - image_rows(p, 1);
  const int64_t band = l.pointwise ? rows : spare < 0 ? 1 : spare / p->stride_h + 1;
  l.band = band < 1 ? 1 : band > p->out_h ? p->out_h : (int32_t)band;
  return l;
}

static int64_t image_bytes(const tinyml_conv2d_s8_params *p, const layout *l) {
  const int64_t size = (l->pointwise ? l->band : image_rows(p, l->band)) * l->row_size + SLACK;
  return size * (int64_t)sizeof(tinyml_element);
}

/* Fills the image with what a rectangle of the output reads of a group, and padding around it. Rows are as far apart as
 * those for the whole output. */
static void fill_part(tinyml_element *image, const tinyml_conv2d_s8_params *p, const layout *l, const int8_t *input,
                      tinyml_tile part) {
  const int32_t stride_h = l->pointwise ? p->stride_h : 1, stride_w = l->pointwise ? p->stride_w : 1;
  const int64_t lines = l->pointwise ? part.y1 - part.y0 : image_rows(p, part.y1 - part.y0);
  const int64_t columns = image_columns(p, l, part.x1 - part.x0);
  const int64_t y0 = (int64_t)part.y0 * p->stride_h - p->pad_top, x0 = (int64_t)part.x0 * p->stride_w - p->pad_left;
  const tinyml_span y = tinyml_split(y0, stride_h, lines, p->in_h), x = tinyml_split(x0, stride_w, columns, p->in_w);
  const tinyml_rows to = {.row_step = l->row_size, .lines = lines, .columns = columns, .y = y, .x = x};
  const int8_t *from = input + ((y0 + y.before * stride_h) * p->in_w + x0 + x.before * stride_w) * p->in_channels;
  tinyml_fill_rows(image, &to, from, (int64_t)stride_h * p->in_w * p->in_channels, (int64_t)stride_w * p->in_channels,
                   l->group_in, p->input_offset);
}

/* Fills the image with output rows [first, first + rows) of a group. */
static void fill_image(tinyml_element *image, const tinyml_conv2d_s8_params *p, const layout *l, const int8_t *input,
                       int32_t first, int32_t rows) {
  fill_part(image, p, l, input, (tinyml_tile){first, 0, first + rows, p->out_w});
}

#endif
