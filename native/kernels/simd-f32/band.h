/* The input of a convolution with zeros around, a band of rows at a time. Padding below 0 leaves out rows and columns. */
#ifndef TINYML_BAND_H
#define TINYML_BAND_H

#include "../simd/words.h"

static inline int64_t image_rows(const tinyml_conv2d_f32_params *p, int64_t output_rows) {
  return (output_rows - 1) * p->stride_h + (int64_t)(p->kernel_h - 1) * p->dilation_h + 1;
}

static inline int64_t image_columns(const tinyml_conv2d_f32_params *p) {
  return (int64_t)(p->out_w - 1) * p->stride_w + (int64_t)(p->kernel_w - 1) * p->dilation_w + 1;
}

/* Whether all windows lie inside the input. */
static inline bool reads_inside(const tinyml_conv2d_f32_params *p) {
  return p->pad_top <= 0 && p->pad_left <= 0 && image_rows(p, p->out_h) - p->pad_top <= p->in_h &&
         image_columns(p) - p->pad_left <= p->in_w;
}

/* Fills the image, of `columns` pixels a row, with what output rows [first, first + rows) of a group read, and zeros
 * around it. */
static inline void fill_image(float *image, const tinyml_conv2d_f32_params *p, int32_t columns, const float *input,
                              int32_t first, int32_t rows) {
  const int64_t lines = image_rows(p, rows), y0 = (int64_t)first * p->stride_h - p->pad_top;
  const int32_t group_in = p->in_channels / p->groups, before = p->pad_left > 0 ? p->pad_left : 0;
  const int32_t left = before < columns ? before : columns;
  const int32_t skipped = p->pad_left > 0 ? 0 : -p->pad_left < p->in_w ? -p->pad_left : p->in_w;
  const int32_t inside = columns - left < p->in_w - skipped ? columns - left : p->in_w - skipped;
  const size_t pixel = (size_t)group_in * sizeof(float);
  for (int64_t line = 0; line < lines; line++, image += (int64_t)columns * group_in) {
    const int64_t y = y0 + line;
    if (y < 0 || y >= p->in_h) {
      memset(image, 0, (size_t)columns * pixel);
      continue;
    }
    const float *from = input + (y * p->in_w + skipped) * p->in_channels;
    float *to = image + left * group_in;
    memset(image, 0, (size_t)left * pixel);
    if (group_in == p->in_channels) {
      memcpy(to, from, (size_t)inside * pixel);
    } else {
      for (int32_t x = 0; x < inside; x++) memcpy(to + x * group_in, from + (int64_t)x * p->in_channels, pixel);
    }
    memset(to + inside * group_in, 0, (size_t)(columns - left - inside) * pixel);
  }
}

#endif
