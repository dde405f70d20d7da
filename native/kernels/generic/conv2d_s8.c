#include "../tinyml_kernels.h"
#include "tinyml_dot.h"
#include "tinyml_fixed_point.h"
#include "tinyml_window.h"

/* No im2col: where neither dilation nor groups break it, a kernel row is one run of bytes in the input and in the
 * weights, and padding only shortens it. */
void tinyml_conv2d_s8(const tinyml_conv2d_s8_params *params, const int8_t *input, const int8_t *weights,
                      const int32_t *bias, const int32_t *multiplier, const int32_t *shift, int8_t *output,
                      void *scratch) {
  const tinyml_conv2d_s8_params p = *params;
  const int32_t group_in = p.in_channels / p.groups, group_out = p.out_channels / p.groups;
  const int32_t filter = p.kernel_h * p.kernel_w * group_in;
  const int32_t whole_rows = p.dilation_w == 1 && p.groups == 1;
  (void)scratch;
  for (int32_t position = 0; position < p.batch * p.out_h * p.out_w; position++) {
    const int32_t ox = position % p.out_w, row = position / p.out_w;
    const int32_t x = ox * p.stride_w - p.pad_left, y = row % p.out_h * p.stride_h - p.pad_top;
    const tinyml_taps kx = tinyml_valid_taps(x, p.dilation_w, p.kernel_w, p.in_w);
    const tinyml_taps ky = tinyml_valid_taps(y, p.dilation_h, p.kernel_h, p.in_h);
    const int32_t runs = whole_rows ? kx.end > kx.first : kx.end - kx.first;
    const int32_t run = whole_rows ? (kx.end - kx.first) * group_in : group_in;
    const int8_t *image = input + row / p.out_h * p.in_h * p.in_w * p.in_channels;
    for (int32_t channel = 0; channel < p.out_channels;) {
      const int32_t group = channel / group_out, group_first = group * group_out;
      const tinyml_block block = tinyml_block_at(channel - group_first, group_out);
      const int32_t first = group_first + block.first;
      uint32_t acc[4];
      for (int32_t j = 0; j < 4; j++) acc[j] = (uint32_t)bias[first + j * block.step];
      for (int32_t k = ky.first; k < ky.end; k++) {
        const int8_t *from = image + ((y + k * p.dilation_h) * p.in_w + x + kx.first * p.dilation_w) * p.in_channels +
                             group * group_in;
        const int8_t *with = weights + first * filter + (k * p.kernel_w + kx.first) * group_in;
        for (int32_t i = 0; i < runs; i++) {
          tinyml_dot_1x4(acc, from, with, block.step * filter, run, p.input_offset);
          from += p.dilation_w * p.in_channels;
          with += group_in;
        }
      }
      for (int32_t j = 0; j < 4; j++) {
        const int32_t at = first + j * block.step;
        const int32_t value = tinyml_requantise((int32_t)acc[j], multiplier[at], shift[at]);
        output[at] = tinyml_output_s8(value, p.output_offset, p.act_min, p.act_max);
      }
      channel = first + (block.step == 0 ? 1 : 4);
    }
    output += p.out_channels;
  }
}
