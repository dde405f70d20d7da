/* Depthwise convolutions with a channel for each channel, biases with the zero point of the input in them and shifts to the right: one output
 * position after the other. */
#ifndef TINYML_PLAIN_DEPTHWISE_H
#define TINYML_PLAIN_DEPTHWISE_H

#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

/* row, column: from the weight of a tap to that of the next one below and beside it. */
static inline void tinyml_plain_depthwise(const tinyml_depthwise_conv2d_columns_s8_params *params, int32_t row, int32_t column,
                                          const int8_t *input, const int8_t *weights, const int32_t *bias,
                                          const int32_t *multiplier, const int32_t *shift, int8_t *output) {
  const tinyml_depthwise_conv2d_columns_s8_params p = *params;
  const int32_t channels = p.in_channels, taps = p.kernel_h * p.kernel_w;
  for (int32_t position = 0; position < p.batch * p.out_h * p.out_w; position++, output += channels) {
    const int32_t of = position / p.out_w;
    const int32_t y = of % p.out_h * p.stride_h - p.pad_top, x = position % p.out_w * p.stride_w - p.pad_left;
    const int8_t *image = input + of / p.out_h * p.in_h * p.in_w * channels;
    for (int32_t c = 0; c < channels; c++) {
      const int8_t *w = weights + c * taps;
      uint32_t sum = (uint32_t)bias[c];
      for (int32_t ky = 0; ky < p.kernel_h; ky++) {
        for (int32_t kx = 0; kx < p.kernel_w; kx++) {
          const int32_t iy = y + ky, ix = x + kx;
          const int within = iy >= 0 && iy < p.in_h && ix >= 0 && ix < p.in_w;
          const int32_t code = within ? image[(iy * p.in_w + ix) * channels + c] : p.input_zero_point;
          sum += (uint32_t)(code * w[ky * row + kx * column]);
        }
      }
      const int32_t value = tinyml_requantize((int32_t)sum, multiplier[c], shift[c]) + p.output_zero_point;
      output[c] = (int8_t)tinyml_clamp(value, p.act_min, p.act_max);
    }
  }
}

#endif
