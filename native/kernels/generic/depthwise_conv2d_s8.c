#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"
#include "tinyml_window.h"

/* Rows and columns of a window in the input and in the weights, and the distances between them in bytes. */
typedef struct {
  int32_t rows, columns;
  int32_t x_row, x_column, w_row, w_column;
} window;

/* acc[j] += sum over the window of (x[j] + offset) * w[j], for `lanes` neighbouring channels. */
static inline void accumulate(uint32_t *acc, int32_t lanes, const window *area, const int8_t *x, const int8_t *w,
                              int32_t offset) {
  for (int32_t row = 0; row < area->rows; row++) {
    const int8_t *xs = x + row * area->x_row, *ws = w + row * area->w_row;
    for (int32_t column = 0; column < area->columns; column++) {
      for (int32_t j = 0; j < lanes; j++) acc[j] += (uint32_t)((xs[j] + offset) * ws[j]);
      xs += area->x_column;
      ws += area->w_column;
    }
  }
}

void tinyml_depthwise_conv2d_s8(const tinyml_depthwise_conv2d_s8_params *params, const int8_t *input,
                                const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                                const int32_t *shift, int8_t *output, void *scratch) {
  const tinyml_depthwise_conv2d_s8_params p = *params;
  const int32_t channels = p.in_channels * p.depth_multiplier;
  window area = {0, 0, p.dilation_h * p.in_w * p.in_channels, p.dilation_w * p.in_channels, p.kernel_w * channels,
                 channels};
  (void)scratch;
  for (int32_t position = 0; position < p.batch * p.out_h * p.out_w; position++) {
    const int32_t row = position / p.out_w;
    const int32_t x = position % p.out_w * p.stride_w - p.pad_left, y = row % p.out_h * p.stride_h - p.pad_top;
    const tinyml_taps kx = tinyml_valid_taps(x, p.dilation_w, p.kernel_w, p.in_w);
    const tinyml_taps ky = tinyml_valid_taps(y, p.dilation_h, p.kernel_h, p.in_h);
    const int8_t *from = input + (((row / p.out_h) * p.in_h + y + ky.first * p.dilation_h) * p.in_w + x +
                                  kx.first * p.dilation_w) *
                                     p.in_channels;
    const int8_t *with = weights + (ky.first * p.kernel_w + kx.first) * channels;
    area.rows = ky.end - ky.first;
    area.columns = kx.end - kx.first;
    int32_t channel = 0;
    while (channel < channels) {
      uint32_t acc[4];
      int32_t lanes = 1;
      if (p.depth_multiplier == 1 && channels - channel >= 4) {
        lanes = 4;
        for (int32_t j = 0; j < 4; j++) acc[j] = (uint32_t)bias[channel + j];
        accumulate(acc, 4, &area, from + channel, with + channel, p.input_offset);
      } else {
        acc[0] = (uint32_t)bias[channel];
        accumulate(acc, 1, &area, from + channel / p.depth_multiplier, with + channel, p.input_offset);
      }
      for (int32_t j = 0; j < lanes; j++, channel++) {
        const int32_t value = tinyml_requantise((int32_t)acc[j], multiplier[channel], shift[channel]);
        *output++ = tinyml_output_s8(value, p.output_offset, p.act_min, p.act_max);
      }
    }
  }
}
