#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"
#include "tinyml_window.h"

void tinyml_conv2d_s16(const tinyml_conv2d_s16_params *params, const int16_t *input, const int8_t *weights,
                       const int32_t *bias, const int32_t *multiplier, const int32_t *shift, int16_t *output,
                       void *scratch) {
  const tinyml_conv2d_s16_params p = *params;
  const int32_t group_in = p.in_channels / p.groups, group_out = p.out_channels / p.groups;
  (void)scratch;
  for (int32_t image = 0; image < p.batch; image++, input += p.in_h * p.in_w * p.in_channels) {
    for (int32_t place = 0; place < p.out_h * p.out_w; place++) {
      const int32_t y = place / p.out_w * p.stride_h - p.pad_top, x = place % p.out_w * p.stride_w - p.pad_left;
      const tinyml_taps ky = tinyml_valid_taps(y, p.dilation_h, p.kernel_h, p.in_h);
      const tinyml_taps kx = tinyml_valid_taps(x, p.dilation_w, p.kernel_w, p.in_w);
      for (int32_t channel = 0; channel < p.out_channels; channel++) {
        const int8_t *filter = weights + channel * p.kernel_h * p.kernel_w * group_in;
        const int16_t *from = input + channel / group_out * group_in;
        int64_t sum = bias[channel];
        for (int32_t row = ky.first; row < ky.end; row++) {
          for (int32_t column = kx.first; column < kx.end; column++) {
            const int32_t at = (y + row * p.dilation_h) * p.in_w + x + column * p.dilation_w;
            sum += tinyml_dot_s16(from + at * p.in_channels, filter + (row * p.kernel_w + column) * group_in, group_in);
          }
        }
        *output++ = tinyml_requantize_wide(sum, multiplier[channel], shift[channel], p.act_min, p.act_max);
      }
    }
  }
}
