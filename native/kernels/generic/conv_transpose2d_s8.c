#include "../tinyml_kernels.h"
#include "tinyml_meeting.h"
#include "tinyml_quad.h"

/* Gathers: the taps that meet an output are equally spaced in the weights and, backwards, in the input, because the
 * positions they meet differ by the least common multiple of stride and dilation. */
void tinyml_conv_transpose2d_s8(const tinyml_conv_transpose2d_s8_params *params, const int8_t *input,
                                const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                                const int32_t *shift, int8_t *output, void *scratch) {
  const tinyml_conv_transpose2d_s8_params p = *params;
  tinyml_quad quad = {
      .count = p.in_channels,
      .w_channel = p.kernel_h * p.kernel_w * p.in_channels,
      .input_offset = p.input_offset,
      .output_offset = p.output_offset,
      .act_min = p.act_min,
      .act_max = p.act_max,
      .per_channel = 1,
      .bias = bias,
      .multiplier = multiplier,
      .shift = shift,
  };
  (void)scratch;
  for (int32_t row = 0; row < p.batch * p.out_h; row++) {
    const tinyml_meeting y = tinyml_meet(row % p.out_h + p.pad_top, p.dilation_h, p.kernel_h, p.stride_h, p.in_h);
    const int8_t *from_row = input + (row / p.out_h * p.in_h + y.at) * p.in_w * p.in_channels;
    quad.x_row = -y.back * p.in_w * p.in_channels;
    quad.w_row = y.step * p.kernel_w * p.in_channels;
    for (int32_t ox = 0; ox < p.out_w; ox++) {
      const tinyml_meeting x = tinyml_meet(ox + p.pad_left, p.dilation_w, p.kernel_w, p.stride_w, p.in_w);
      const int8_t *from = from_row + x.at * p.in_channels;
      const int8_t *with = weights + (y.first * p.kernel_w + x.first) * p.in_channels;
      quad.columns = x.count;
      quad.taps = y.count * x.count;
      quad.x_column = -x.back * p.in_channels;
      quad.w_column = x.step * p.in_channels;
      tinyml_quad_dot(&quad, 0, p.out_channels, from, with, output);
      output += p.out_channels;
    }
  }
}
