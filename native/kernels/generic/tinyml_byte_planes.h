/* Depthwise convolutions of 3x3 on planes of bytes: pixels of one channel side by side. Included by bodies for cores, which say how. */
#ifndef TINYML_BYTE_PLANES_H
#define TINYML_BYTE_PLANES_H

#include <string.h>

#include "../tinyml_kernels.h"

/* Channels that are laid out together, a word of the input; rows and columns of a window. */
enum { TINYML_PLANES = 4, TINYML_WINDOW = 3 };

/* Rows of pixels of four channels. */
typedef struct {
  const int8_t *input;
  int32_t channels; /* bytes from a pixel to the next */
  int8_t *planes;
  int32_t plane;                   /* bytes from a plane to the next */
  int32_t next_input, next_planes; /* bytes from the end of a row to the next */
  int32_t rows, columns;           /* at least one */
} tinyml_pixel_rows;

/* One channel of a band. */
typedef struct {
  int32_t first_weights[TINYML_WINDOW], bias, weights[2 * TINYML_WINDOW]; /* the bias behind the first row of weights */
  int32_t doubled, power, zero_point;
  int8_t *output;
  int32_t channels;  /* bytes from an output to the next */
  const int8_t *end; /* of the pixels that a loop begins at */
  const int8_t *plane;
  int32_t pitch, step; /* bytes from a row of the plane to the next, and to that of the next row of outputs */
  int32_t fours, ones; /* pixels of a row that outputs begin at which are computed by fours, and one by one */
  int32_t rows;
} tinyml_channel_band;

/* How a core computes them. */
typedef struct {
  void (*lay_out)(const tinyml_pixel_rows *rows);
  void (*every_pixel)(const tinyml_channel_band *band);
  void (*every_second)(const tinyml_channel_band *band);
  int32_t more; /* what codes are greater by in planes */
} tinyml_planes_loops;

/* Four rows of so many bytes, each a plane after the one before. */
static inline void tinyml_fill_planes(int8_t *planes, int32_t plane, int32_t bytes, int32_t value) {
  for (int32_t i = 0; i < TINYML_PLANES && bytes > 0; i++) memset(planes + i * plane, value, (size_t)bytes);
}

/* The weights of a channel, what requantises it, and its bias without the zero point of the input. */
static inline void tinyml_channel_constants(tinyml_channel_band *band, const int8_t *weights, int32_t channels, int32_t bias, const int32_t *scale, int32_t offset) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < TINYML_WINDOW * TINYML_WINDOW; i++, weights += channels) {
    *(i < TINYML_WINDOW ? band->first_weights + i : band->weights + i - TINYML_WINDOW) = *weights;
    sum += (uint32_t)*weights;
  }
  band->bias = (int32_t)((uint32_t)bias + sum * (uint32_t)offset);
  band->doubled = scale[0];
  band->power = scale[1];
}

/* Four channels of an image after four others, band after band. The rows that two bands read are taken from the input once, and before
 * outputs are written: these may lie over what was taken. */
static inline void tinyml_all_planes(const tinyml_planes_loops *loops, const tinyml_depthwise_conv2d_planes_s8_params *p, const int8_t *input,
                                     const int8_t *weights, const int32_t *bias, const int32_t *scales, int8_t *output, void *scratch) {
  const int32_t channels = p->in_channels, zero_point = loops->more - p->input_offset;
  /* Bands of columns are one with all of them. */
  const int32_t most = p->transposed ? p->out_h : p->band;
  const int32_t pitch = p->stride_w * (p->out_w - 1) + TINYML_WINDOW, plane = pitch * ((most - 1) * p->stride_h + TINYML_WINDOW);
  const int32_t room = pitch - p->pad_left, columns = p->in_w < room ? p->in_w : room;
  const int32_t kept = p->stride_h < TINYML_WINDOW ? TINYML_WINDOW - p->stride_h : 0;
  void (*const channel)(const tinyml_channel_band *) = p->stride_w == 1 ? loops->every_pixel : loops->every_second;
  tinyml_channel_band *const band = scratch;
  int8_t *const planes = (int8_t *)(band + 1);
  band->zero_point = p->output_zero_point;
  band->channels = channels;
  band->pitch = pitch;
  band->step = pitch * p->stride_h;
  band->fours = p->stride_w * (p->out_w & ~3);
  band->ones = p->stride_w * (p->out_w & 3);
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
        const int32_t read = (height - 1) * p->stride_h + TINYML_WINDOW, top = y * p->stride_h - p->pad_top;
        const int32_t above = -top < read ? -top : read, begin = above > first ? above : first;
        const int32_t reach = top + read > p->in_h ? p->in_h - top : read, end = reach > begin ? reach : begin;
        for (int32_t i = 0; i < TINYML_PLANES && first > 0; i++) {
          memmove(planes + i * plane, planes + i * plane + most * band->step, (size_t)(first * pitch));
        }
        tinyml_fill_planes(planes + first * pitch, plane, (begin - first) * pitch, zero_point);
        tinyml_fill_planes(planes + end * pitch, plane, (read - end) * pitch, zero_point);
        rows.rows = end - begin;
        rows.input = input + (top + begin) * p->in_w * channels + from;
        rows.planes = planes + begin * pitch + p->pad_left;
        if (rows.rows > 0) loops->lay_out(&rows);
        for (int32_t at = c; at < from + TINYML_PLANES; at++) {
          tinyml_channel_constants(band, weights + at, channels, bias[at], scales + 2 * at, -zero_point);
          band->plane = planes + (at - from) * plane;
          band->output = output + y * p->out_w * channels + at;
          band->rows = height;
          channel(band);
        }
      }
    }
  }
}

#endif
