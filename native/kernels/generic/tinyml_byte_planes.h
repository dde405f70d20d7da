/* Depthwise convolutions on planes of bytes: pixels of one channel side by side. Included by bodies for cores, which say how. */
#ifndef TINYML_BYTE_PLANES_H
#define TINYML_BYTE_PLANES_H

#include <string.h>

#include "../tinyml_kernels.h"

/* Channels that are laid out together, a word of the input. */
enum { TINYML_PLANES = 4 };

/* Rows of pixels of four channels. */
typedef struct {
  const int8_t *input;
  int32_t channels; /* bytes from a pixel to the next */
  int8_t *planes;
  int32_t plane;                   /* bytes from a plane to the next */
  int32_t next_input, next_planes; /* bytes from the end of a row to the next */
  int32_t rows, columns;           /* at least one */
} tinyml_pixel_rows;

/* One channel of a band of outputs. */
typedef struct {
  const int8_t *weights; /* each so many bytes behind the one before as there are channels */
  int32_t channels;
  int32_t bias;
  const int32_t *scale;
  const int8_t *plane;
  int8_t *output;
  int32_t rows;
  int32_t padding; /* what planes have for the zero point of the input */
} tinyml_plane_channel;

/* How a core computes them. */
typedef struct {
  void (*lay_out)(const tinyml_pixel_rows *rows);
  void (*begin)(const tinyml_depthwise_conv2d_planes_s8_params *p, int32_t pitch, void *own); /* what all channels have in common */
  void (*channel)(const tinyml_plane_channel *channel, void *own);
  void *own;     /* what they need for it */
  int32_t more; /* what codes are greater by in planes */
  int32_t pitch; /* bytes from a row of a plane to the next */
} tinyml_planes_loops;

/* Four rows of so many bytes, each a plane after the one before. */
static inline void tinyml_fill_planes(int8_t *planes, int32_t plane, int32_t bytes, int32_t value) {
  for (int32_t i = 0; i < TINYML_PLANES && bytes > 0; i++) memset(planes + i * plane, value, (size_t)bytes);
}

/* Four channels of an image after four others, band after band. The rows that two bands read are taken from the input once, and before
 * outputs are written: these may lie over what was taken. */
static inline void tinyml_all_planes(const tinyml_planes_loops *loops, const tinyml_depthwise_conv2d_planes_s8_params *p, const int8_t *input,
                                     const int8_t *weights, const int32_t *bias, const int32_t *scales, int8_t *output, int8_t *planes) {
  const int32_t channels = p->in_channels, zero_point = loops->more - p->input_offset;
  /* Bands of columns are one with all of them. */
  const int32_t most = p->transposed ? p->out_h : p->band;
  const int32_t pitch = loops->pitch, kernel = p->kernel_h, plane = pitch * ((most - 1) * p->stride_h + kernel);
  const int32_t room = pitch - p->pad_left, columns = p->in_w < room ? p->in_w : room;
  const int32_t kept = p->stride_h < kernel ? kernel - p->stride_h : 0;
  loops->begin(p, pitch, loops->own);
  tinyml_pixel_rows rows = {
      .channels = channels,
      .plane = plane,
      .next_input = (p->in_w - columns) * channels,
      .next_planes = pitch - columns,
      .columns = columns,
  };
  memset(planes, zero_point, (size_t)(TINYML_PLANES * plane));
  for (int32_t n = 0; n < p->batch; n++, input += p->in_h * p->in_w * channels, output += p->out_h * p->out_w * channels) {
    for (int32_t c = 0; c < channels; c += TINYML_PLANES) {
      /* Where fewer are left, those before are laid out with them and not computed again. */
      const int32_t from = c > channels - TINYML_PLANES ? channels - TINYML_PLANES : c;
      for (int32_t y = 0, height; y < p->out_h; y += height) {
        const int32_t left = p->out_h - y, first = y > 0 ? kept : 0;
        height = most < left ? most : left;
        const int32_t read = (height - 1) * p->stride_h + kernel, top = y * p->stride_h - p->pad_top;
        const int32_t above = -top < read ? -top : read, begin = above > first ? above : first;
        const int32_t reach = top + read > p->in_h ? p->in_h - top : read, end = reach > begin ? reach : begin;
        for (int32_t i = 0; i < TINYML_PLANES && first > 0; i++) {
          memmove(planes + i * plane, planes + i * plane + most * p->stride_h * pitch, (size_t)(first * pitch));
        }
        tinyml_fill_planes(planes + first * pitch, plane, (begin - first) * pitch, zero_point);
        tinyml_fill_planes(planes + end * pitch, plane, (read - end) * pitch, zero_point);
        rows.rows = end - begin;
        rows.input = input + (top + begin) * p->in_w * channels + from;
        rows.planes = planes + begin * pitch + p->pad_left;
        if (rows.rows > 0) loops->lay_out(&rows);
        for (int32_t at = c; at < from + TINYML_PLANES; at++) {
          const tinyml_plane_channel channel = {
              .weights = weights + at,
              .channels = channels,
              .bias = bias[at],
              .scale = scales + 2 * at,
              .plane = planes + (at - from) * plane,
              .output = output + y * p->out_w * channels + at,
              .rows = height,
              .padding = zero_point,
          };
          loops->channel(&channel, loops->own);
        }
      }
    }
  }
}

#endif
