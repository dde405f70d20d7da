#include "../tinyml_kernels.h"
#include "tinyml_dot.h"
#include "tinyml_fixed_point.h"

/* The input position that meets an output position through a tap, or -1: (position - tap) / stride where whole. */
static int32_t source(int32_t position, int32_t stride, int32_t size) {
  if (position < 0 || position % stride != 0 || position / stride >= size) return -1;
  return position / stride;
}

/* Gathers: every output is summed in registers, so nothing has to be kept between input positions. */
void tinyml_conv_transpose2d_s8(const tinyml_conv_transpose2d_s8_params *params, const int8_t *input,
                                const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                                const int32_t *shift, int8_t *output, void *scratch) {
  const tinyml_conv_transpose2d_s8_params p = *params;
  const int32_t filter = p.kernel_h * p.kernel_w * p.in_channels;
  (void)scratch;
  for (int32_t position = 0; position < p.batch * p.out_h * p.out_w; position++) {
    const int32_t row = position / p.out_w;
    const int32_t x = position % p.out_w + p.pad_left, y = row % p.out_h + p.pad_top;
    const int8_t *image = input + row / p.out_h * p.in_h * p.in_w * p.in_channels;
    for (int32_t channel = 0; channel < p.out_channels;) {
      const tinyml_block block = tinyml_block_at(channel, p.out_channels);
      uint32_t acc[4];
      for (int32_t j = 0; j < 4; j++) acc[j] = (uint32_t)bias[block.first + j * block.step];
      for (int32_t ky = 0; ky < p.kernel_h; ky++) {
        const int32_t iy = source(y - ky * p.dilation_h, p.stride_h, p.in_h);
        if (iy < 0) continue;
        for (int32_t kx = 0; kx < p.kernel_w; kx++) {
          const int32_t ix = source(x - kx * p.dilation_w, p.stride_w, p.in_w);
          if (ix < 0) continue;
          tinyml_dot_1x4(acc, image + (iy * p.in_w + ix) * p.in_channels,
                         weights + block.first * filter + (ky * p.kernel_w + kx) * p.in_channels,
                         block.step * filter, p.in_channels, p.input_offset);
        }
      }
      for (int32_t j = 0; j < 4; j++) {
        const int32_t at = block.first + j * block.step;
        const int32_t value = tinyml_requantise((int32_t)acc[j], multiplier[at], shift[at]);
        output[at] = tinyml_output_s8(value, p.output_offset, p.act_min, p.act_max);
      }
      channel = block.first + (block.step == 0 ? 1 : 4);
    }
    output += p.out_channels;
  }
}
