/* What depthwise convolutions on planes compute, where there are no DSP instructions. */
#ifndef TINYML_DEPTHWISE_POSITIONS_H
#define TINYML_DEPTHWISE_POSITIONS_H

#include "../tinyml_kernels.h"
#include "tinyml_channel_pairs.h"
#include "tinyml_window.h"

/* One output position after the other. */
static void all_positions(const tinyml_depthwise_conv2d_planes_s8_params *params, const int8_t *input,
                          const int8_t *weights, const int32_t *bias, const int32_t *scales, int8_t *output,
                          void *scratch) {
  (void)scratch;
  const tinyml_depthwise_conv2d_planes_s8_params p = *params;
  const int32_t channels = p.in_channels;
  for (int32_t row = 0; row < p.batch * p.out_h; row++) {
    const int32_t y = row % p.out_h * p.stride_h - p.pad_top;
    const int8_t *image = input + row / p.out_h * p.in_h * p.in_w * channels;
    const tinyml_taps ky = tinyml_valid_taps(y, 1, p.kernel_h, p.in_h);
    for (int32_t ox = 0; ox < p.out_w; ox++, output += channels) {
      const int32_t x = ox * p.stride_w - p.pad_left;
      const tinyml_taps kx = tinyml_valid_taps(x, 1, p.kernel_w, p.in_w);
      for (int32_t c = 0; c < channels; c++) {
        uint32_t sum = (uint32_t)bias[c];
        for (int32_t i = ky.first; i < ky.end; i++) {
          const int8_t *from = image + ((y + i) * p.in_w + x + kx.first) * channels + c;
          const int8_t *with = weights + (i * p.kernel_w + kx.first) * channels + c;
          for (int32_t j = kx.first; j < kx.end; j++, from += channels, with += channels) {
            sum += (uint32_t)((*from + p.input_offset) * *with);
          }
        }
        output[c] = tinyml_pair_narrow((int32_t)sum, scales[2 * c], scales[2 * c + 1], p.output_zero_point);
      }
    }
  }
}

#endif
