#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"
#include "tinyml_wide_sums.h"
#include "tinyml_window.h"

void tinyml_conv2d_s16(const tinyml_conv2d_s16_params *params, const int16_t *input, const int8_t *weights,
                       const int32_t *bias, const int32_t *multiplier, const int32_t *shift, int16_t *output,
                       void *scratch) {
  const tinyml_conv2d_s16_params p = *params;
  const int32_t group_in = p.in_channels / p.groups, group_out = p.out_channels / p.groups;
  const int32_t filter = p.kernel_h * p.kernel_w * group_in;
  /* Pixels that lie side by side under a row of the kernel are one run. */
  const int32_t joined = p.dilation_w == 1 && p.groups == 1;
  (void)scratch;
  for (int32_t image = 0; image < p.batch; image++, input += p.in_h * p.in_w * p.in_channels) {
    for (int32_t place = 0; place < p.out_h * p.out_w; place++) {
      const int32_t y = place / p.out_w * p.stride_h - p.pad_top, x = place % p.out_w * p.stride_w - p.pad_left;
      const tinyml_taps ky = tinyml_valid_taps(y, p.dilation_h, p.kernel_h, p.in_h);
      const tinyml_taps kx = tinyml_valid_taps(x, p.dilation_w, p.kernel_w, p.in_w);
      const int32_t columns = kx.end > kx.first ? kx.end - kx.first : 0;
      const int32_t last = columns > 0 ? ky.end : ky.first;
      const int32_t runs = joined ? 1 : columns, run = joined ? columns * group_in : group_in;
      for (int32_t channel = 0; channel < p.out_channels;) {
        const int32_t left = group_out - channel % group_out;
        const int32_t rows = left < TINYML_WIDE_ROWS ? left : TINYML_WIDE_ROWS;
        const int16_t *from = input + channel / group_out * group_in;
        int64_t sums[TINYML_WIDE_ROWS];
        for (int32_t i = 0; i < rows; i++) sums[i] = bias[channel + i];
        for (int32_t row = ky.first; row < last; row++) {
          const int32_t at = (y + row * p.dilation_h) * p.in_w + x + kx.first * p.dilation_w;
          const int8_t *with = weights + channel * filter + (row * p.kernel_w + kx.first) * group_in;
          for (int32_t i = 0; i < runs; i++, with += run) {
            tinyml_wide_sums(from + (at + i * p.dilation_w) * p.in_channels, run, with, filter, rows, sums);
          }
        }
        for (int32_t i = 0; i < rows; i++, channel++) {
          *output++ = tinyml_requantize_wide(sums[i], multiplier[channel], shift[channel], p.act_min, p.act_max);
        }
      }
    }
  }
}
