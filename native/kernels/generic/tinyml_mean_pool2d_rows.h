/* Average pooling of a rectangle of output positions into a scale of its own. */
#ifndef TINYML_MEAN_POOL2D_ROWS_H
#define TINYML_MEAN_POOL2D_ROWS_H

#include "../tinyml_kernels.h"
#include "tinyml_mean.h"
#include "tinyml_tiles.h"
#include "tinyml_window.h"

/* Rows are those of all images one after the other. */
static inline void tinyml_mean_pool2d_rows(const tinyml_mean_pool2d_s8_params *params, tinyml_tile tile,
                                           const int8_t *input, int8_t *output) {
  const tinyml_mean_pool2d_s8_params p = *params;
  tinyml_mean mean = {
      .next_column = p.dilation_w * p.channels,
      .next_row = p.dilation_h * p.in_w * p.channels,
      .channels = p.channels,
      .input_offset = p.input_offset,
      .output_offset = p.output_offset,
      .multiplier = p.multiplier,
      .shift = p.shift,
      .act_min = p.act_min,
      .act_max = p.act_max,
  };
  output += (tile.y0 * p.out_w + tile.x0) * p.channels;
  for (int32_t row = tile.y0; row < tile.y1; row++, output += (p.out_w - (tile.x1 - tile.x0)) * p.channels) {
    const int32_t y = row % p.out_h * p.stride_h - p.pad_top;
    const tinyml_taps ky = tinyml_valid_taps(y, p.dilation_h, p.kernel_h, p.in_h);
    const int8_t *from_row = input + (row / p.out_h * p.in_h + y + ky.first * p.dilation_h) * p.in_w * p.channels;
    for (int32_t ox = tile.x0; ox < tile.x1; ox++, output += p.channels) {
      const int32_t x = ox * p.stride_w - p.pad_left;
      const tinyml_taps kx = tinyml_valid_taps(x, p.dilation_w, p.kernel_w, p.in_w);
      mean.rows = ky.end - ky.first;
      mean.columns = kx.end - kx.first;
      if (mean.columns * mean.next_column == mean.next_row) { /* whole rows follow each other as one */
        mean.columns *= mean.rows;
        mean.rows = 1;
      }
      tinyml_mean_of(&mean, from_row + (x + kx.first * p.dilation_w) * p.channels, output);
    }
  }
}

#endif
