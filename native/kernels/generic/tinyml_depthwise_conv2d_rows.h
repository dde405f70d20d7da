/* Depthwise convolution of a rectangle of output positions. */
#ifndef TINYML_DEPTHWISE_CONV2D_ROWS_H
#define TINYML_DEPTHWISE_CONV2D_ROWS_H

#include "../tinyml_kernels.h"
#include "tinyml_quad.h"
#include "tinyml_tiles.h"
#include "tinyml_window.h"

/* What is the same for all positions, but for the taps. */
static inline tinyml_quad tinyml_depthwise_conv2d_quad(const tinyml_depthwise_conv2d_s8_params *p, const int32_t *bias,
                                                       const int32_t *multiplier, const int32_t *shift) {
  const int32_t channels = p->in_channels * p->depth_multiplier;
  return (tinyml_quad){
      .x_row = p->dilation_h * p->in_w * p->in_channels,
      .x_column = p->dilation_w * p->in_channels,
      .w_row = p->kernel_w * channels,
      .w_column = channels,
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

/* Rows are those of all images one after the other. */
static inline void tinyml_depthwise_conv2d_rows(const tinyml_depthwise_conv2d_s8_params *params, tinyml_quad quad,
                                                tinyml_tile tile, const int8_t *input, const int8_t *weights,
                                                int8_t *output) {
  const tinyml_depthwise_conv2d_s8_params p = *params;
  const int32_t channels = p.in_channels * p.depth_multiplier;
  output += (tile.y0 * p.out_w + tile.x0) * channels;
  for (int32_t row = tile.y0; row < tile.y1; row++, output += (p.out_w - (tile.x1 - tile.x0)) * channels) {
    const int32_t y = row % p.out_h * p.stride_h - p.pad_top;
    const tinyml_taps ky = tinyml_valid_taps(y, p.dilation_h, p.kernel_h, p.in_h);
    const int8_t *from_row = input + (row / p.out_h * p.in_h + y + ky.first * p.dilation_h) * p.in_w * p.in_channels;
    for (int32_t ox = tile.x0; ox < tile.x1; ox++) {
      const int32_t x = ox * p.stride_w - p.pad_left;
      const tinyml_taps kx = tinyml_valid_taps(x, p.dilation_w, p.kernel_w, p.in_w);
      const int8_t *from = from_row + (x + kx.first * p.dilation_w) * p.in_channels;
      const int8_t *with = weights + (ky.first * p.kernel_w + kx.first) * channels;
      quad.columns = kx.end - kx.first;
      quad.taps = (ky.end - ky.first) * quad.columns;
      if (p.depth_multiplier == 1) {
        tinyml_quad_multiply(&quad, 0, channels, from, with, output);
      } else {
        for (int32_t channel = 0; channel < channels; channel++) {
          tinyml_quad_multiply(&quad, channel, channel + 1, from + channel / p.depth_multiplier, with,
                               output + channel);
        }
      }
      output += channels;
    }
  }
}

#endif
