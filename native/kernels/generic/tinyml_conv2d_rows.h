/* Convolution of a rectangle of output positions. No im2col: where neither dilation nor groups break it, a kernel row is one
 * run of bytes in the input and in the weights, and padding only shortens it. */
#ifndef TINYML_CONV2D_ROWS_H
#define TINYML_CONV2D_ROWS_H

#include "../tinyml_kernels.h"
#include "tinyml_quad.h"
#include "tinyml_tiles.h"
#include "tinyml_window.h"

/* Output channels that are computed: how many, and how many of them of each group. */
typedef struct {
  int32_t count, of_group;
} tinyml_channels;

/* What is the same for all positions, but for the taps. */
static inline tinyml_quad tinyml_conv2d_quad(const tinyml_conv2d_s8_params *p, const int32_t *bias,
                                             const int32_t *multiplier, const int32_t *shift) {
  const int32_t group_in = p->in_channels / p->groups;
  return (tinyml_quad){
      .x_row = p->dilation_h * p->in_w * p->in_channels,
      .x_column = p->dilation_w * p->in_channels,
      .w_row = p->kernel_w * group_in,
      .w_column = group_in,
      .w_channel = p->kernel_h * p->kernel_w * group_in,
      .input_offset = p->input_offset,
      .output_offset = p->output_offset,
      .act_min = p->act_min,
      .act_max = p->act_max,
      .per_channel = 1,
      .bias = bias,
      .multiplier = multiplier,
      .shift = shift,
  };
}

/* All output channels, group by group. */
static inline tinyml_channels tinyml_conv2d_channels(const tinyml_conv2d_s8_params *p) {
  return (tinyml_channels){p->out_channels, p->out_channels / p->groups};
}

/* Rows are those of all images one after the other. input, weights, output and the constants of the quad are those of the first of
 * the channels. */
static inline void tinyml_conv2d_rows(const tinyml_conv2d_s8_params *params, tinyml_quad quad, tinyml_tile tile,
                                      tinyml_channels channels, const int8_t *input, const int8_t *weights,
                                      int8_t *output) {
  const tinyml_conv2d_s8_params p = *params;
  const int32_t group_in = p.in_channels / p.groups;
  const int32_t whole_rows = p.dilation_w == 1 && p.groups == 1;
  output += (tile.y0 * p.out_w + tile.x0) * p.out_channels;
  for (int32_t row = tile.y0; row < tile.y1; row++, output += (p.out_w - (tile.x1 - tile.x0)) * p.out_channels) {
    const int32_t y = row % p.out_h * p.stride_h - p.pad_top;
    const tinyml_taps ky = tinyml_valid_taps(y, p.dilation_h, p.kernel_h, p.in_h);
    const int8_t *from_row = input + (row / p.out_h * p.in_h + y + ky.first * p.dilation_h) * p.in_w * p.in_channels;
    for (int32_t ox = tile.x0; ox < tile.x1; ox++) {
      const int32_t x = ox * p.stride_w - p.pad_left;
      const tinyml_taps kx = tinyml_valid_taps(x, p.dilation_w, p.kernel_w, p.in_w);
      const int8_t *from = from_row + (x + kx.first * p.dilation_w) * p.in_channels;
      const int8_t *with = weights + (ky.first * p.kernel_w + kx.first) * group_in;
      quad.columns = whole_rows ? kx.end > kx.first : kx.end - kx.first;
      quad.taps = (ky.end - ky.first) * quad.columns;
      quad.count = whole_rows ? (kx.end - kx.first) * group_in : group_in;
      for (int32_t channel = 0; channel < channels.count; channel += channels.of_group) {
        tinyml_quad_dot(&quad, channel, channel + channels.of_group, from, with, output + channel);
        from += group_in;
      }
      output += p.out_channels;
    }
  }
}

#endif
