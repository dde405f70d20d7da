#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"
#include "tinyml_meeting.h"
#include "tinyml_wide_sums.h"

void tinyml_conv_transpose2d_s16(const tinyml_conv_transpose2d_s16_params *params, const int16_t *input,
                                 const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                                 const int32_t *shift, int16_t *output, void *scratch) {
  const tinyml_conv_transpose2d_s16_params p = *params;
  const int32_t filter = p.kernel_h * p.kernel_w * p.in_channels;
  (void)scratch;
  for (int32_t row = 0; row < p.batch * p.out_h; row++) {
    const tinyml_meeting y = tinyml_meet(row % p.out_h + p.pad_top, p.dilation_h, p.kernel_h, p.stride_h, p.in_h);
    const int16_t *from_row = input + (row / p.out_h * p.in_h + y.at) * p.in_w * p.in_channels;
    for (int32_t ox = 0; ox < p.out_w; ox++) {
      const tinyml_meeting x = tinyml_meet(ox + p.pad_left, p.dilation_w, p.kernel_w, p.stride_w, p.in_w);
      for (int32_t channel = 0; channel < p.out_channels;) {
        const int32_t left = p.out_channels - channel, rows = left < TINYML_WIDE_ROWS ? left : TINYML_WIDE_ROWS;
        const int8_t *with = weights + channel * filter;
        int64_t sums[TINYML_WIDE_ROWS];
        for (int32_t i = 0; i < rows; i++) sums[i] = bias[channel + i];
        for (int32_t i = 0; i < y.count * x.count; i++) {
          const int32_t down = i / x.count, along = i % x.count;
          const int32_t tap = (y.first + down * y.step) * p.kernel_w + x.first + along * x.step;
          const int32_t at = x.at - along * x.back - down * y.back * p.in_w;
          tinyml_wide_sums(from_row + at * p.in_channels, p.in_channels, with + tap * p.in_channels, filter, rows,
                           sums);
        }
        for (int32_t i = 0; i < rows; i++, channel++) {
          *output++ = tinyml_requantize_wide(sums[i], multiplier[channel], shift[channel], p.act_min, p.act_max);
        }
      }
    }
  }
}
