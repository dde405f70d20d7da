/* Depthwise convolution of one channel after the other, in portable code. Included by kernels on planes. */
#ifndef TINYML_DEPTHWISE_POSITIONS_H
#define TINYML_DEPTHWISE_POSITIONS_H

#include <string.h>

#include "../tinyml_kernels.h"
#include "tinyml_channel_pairs.h"

/* The windows of a channel that an output row reads; rows of the plane follow one another. */
static void output_row(const tinyml_depthwise_conv2d_planes_s8_params *p, const int16_t *plane, int32_t pitch,
                       const int8_t *weights, int32_t bias, const int32_t *scale, int8_t *output) {
  for (int32_t ox = 0; ox < p->out_w; ox++, plane += p->stride_w, output += p->in_channels) {
    uint32_t sum = (uint32_t)bias;
    for (int32_t i = 0; i < p->kernel_h; i++) {
      for (int32_t j = 0; j < p->kernel_w; j++) {
        sum += (uint32_t)(plane[i * pitch + j] * weights[(i * p->kernel_w + j) * p->in_channels]);
      }
    }
    *output = tinyml_pair_narrow((int32_t)sum, scale[0], scale[1], p->output_zero_point);
  }
}

/* A row of a channel with its padding. */
static void lay_out_row(const tinyml_depthwise_conv2d_planes_s8_params *p, const int8_t *image, int32_t y, int16_t *to,
                        int32_t pitch) {
  memset(to, 0, (size_t)pitch * sizeof(*to));
  if (y < 0 || y >= p->in_h) return;
  const int8_t *from = image + y * p->in_w * p->in_channels;
  for (int32_t x = 0; x < p->in_w && p->pad_left + x < pitch; x++, from += p->in_channels) {
    to[p->pad_left + x] = (int16_t)(*from + p->input_offset);
  }
}

/* One channel of an image, band after band. The rows that two bands read are taken from the input once, and before outputs are
 * written: these may lie over what was taken. */
static void channel_of(const tinyml_depthwise_conv2d_planes_s8_params *p, const int8_t *image, const int8_t *weights,
                       int32_t bias, const int32_t *scale, int8_t *output, int16_t *plane) {
  const int32_t pitch = p->stride_w * (p->out_w - 1) + p->kernel_w;
  const int32_t kept = p->stride_h < p->kernel_h ? p->kernel_h - p->stride_h : 0;
  /* Bands of columns are one with all of them. */
  const int32_t band = p->transposed ? p->out_h : p->band;
  for (int32_t y = 0, rows; y < p->out_h; y += rows) {
    const int32_t left = p->out_h - y, top = y * p->stride_h - p->pad_top;
    rows = band < left ? band : left;
    const int32_t from = y > 0 ? kept : 0, end = (rows - 1) * p->stride_h + p->kernel_h;
    memmove(plane, plane + band * p->stride_h * pitch, (size_t)(from * pitch) * sizeof(*plane));
    for (int32_t i = from; i < end; i++) lay_out_row(p, image, top + i, plane + i * pitch, pitch);
    for (int32_t i = 0; i < rows; i++, output += p->out_w * p->in_channels) {
      output_row(p, plane + i * p->stride_h * pitch, pitch, weights, bias, scale, output);
    }
  }
}

static inline void all_positions(const tinyml_depthwise_conv2d_planes_s8_params *p, const int8_t *input, const int8_t *weights,
                      const int32_t *bias, const int32_t *scales, int8_t *output, void *scratch) {
  const int32_t channels = p->in_channels;
  for (int32_t n = 0; n < p->batch; n++) {
    for (int32_t c = 0; c < channels; c++) channel_of(p, input + c, weights + c, bias[c], scales + 2 * c, output + c, scratch);
    input += p->in_h * p->in_w * channels;
    output += p->out_h * p->out_w * channels;
  }
}

#endif
