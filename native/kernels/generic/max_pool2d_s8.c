#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"
#include "tinyml_window.h"

void tinyml_max_pool2d_s8(const tinyml_max_pool2d_s8_params *params, const int8_t *input, int8_t *output,
                          void *scratch) {
  const tinyml_max_pool2d_s8_params p = *params;
  (void)scratch;
  for (int32_t position = 0; position < p.batch * p.out_h * p.out_w; position++) {
    const int32_t row = position / p.out_w;
    const int32_t x = position % p.out_w * p.stride_w - p.pad_left, y = row % p.out_h * p.stride_h - p.pad_top;
    const tinyml_taps kx = tinyml_valid_taps(x, p.dilation_w, p.kernel_w, p.in_w);
    const tinyml_taps ky = tinyml_valid_taps(y, p.dilation_h, p.kernel_h, p.in_h);
    const int8_t *from = input + (((row / p.out_h) * p.in_h + y + ky.first * p.dilation_h) * p.in_w + x +
                                  kx.first * p.dilation_w) *
                                     p.channels;
    for (int32_t c = 0; c < p.channels; c++, from++) {
      int32_t best = INT8_MIN;
      for (int32_t k = 0; k < ky.end - ky.first; k++) {
        const int8_t *at = from + k * p.dilation_h * p.in_w * p.channels;
        for (int32_t i = kx.first; i < kx.end; i++, at += p.dilation_w * p.channels) {
          if (*at > best) best = *at;
        }
      }
      *output++ = (int8_t)tinyml_clamp(best, p.act_min, p.act_max);
    }
  }
}
