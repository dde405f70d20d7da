/* Windows of convolutions whose constants are packed: where they begin, and their rows with padding. */
#ifndef TINYML_PACKED_WINDOWS_H
#define TINYML_PACKED_WINDOWS_H

#include <string.h>

#include "../tinyml_kernels.h"

/* Where the window of an output position begins. */
typedef struct {
  const int8_t *image;
  int32_t y, x;
} tinyml_image_window;

static inline tinyml_image_window tinyml_window_of(const tinyml_conv2d_pairs_s8_params *p, const int8_t *input, int32_t position) {
  const int32_t row = position / p->out_w;
  return (tinyml_image_window){
      .image = input + row / p->out_h * p->in_h * p->in_w * p->in_channels,
      .y = row % p->out_h * p->stride_h - p->pad_top,
      .x = position % p->out_w * p->stride_w - p->pad_left,
  };
}

/* A row of a window: in the input, or in `room` where some of it is padding. */
static inline const int8_t *tinyml_row_of(const tinyml_conv2d_pairs_s8_params *p, tinyml_image_window from, int32_t ky, int8_t *room) {
  const int32_t y = from.y + ky, channels = p->in_channels, zero_point = p->input_zero_point;
  const int32_t within = y >= 0 && y < p->in_h;
  if (within && from.x >= 0 && from.x + p->kernel_w <= p->in_w) return from.image + (y * p->in_w + from.x) * channels;
  int32_t first = from.x < 0 ? -from.x : 0, end = p->in_w - from.x;
  if (first > p->kernel_w || !within) first = p->kernel_w;
  if (end > p->kernel_w) end = p->kernel_w;
  if (end < first) end = first;
  memset(room, zero_point, (size_t)(first * channels));
  if (end > first) {
    memcpy(room + first * channels, from.image + (y * p->in_w + from.x + first) * channels, (size_t)((end - first) * channels));
  }
  memset(room + end * channels, zero_point, (size_t)((p->kernel_w - end) * channels));
  return room;
}

/* The window of an output position, row after row. */
static inline void tinyml_copy_window(const tinyml_conv2d_pairs_s8_params *p, const int8_t *input, int32_t position, int8_t *to) {
  const int32_t run = p->kernel_w * p->in_channels;
  const tinyml_image_window from = tinyml_window_of(p, input, position);
  for (int32_t ky = 0; ky < p->kernel_h; ky++, to += run) {
    const int8_t *row = tinyml_row_of(p, from, ky, to);
    if (row != to) memcpy(to, row, (size_t)run);
  }
}

#endif
