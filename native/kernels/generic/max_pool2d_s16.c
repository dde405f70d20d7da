#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"
#include "tinyml_window.h"

void tinyml_max_pool2d_s16(const tinyml_max_pool2d_s16_params *params, const int16_t *input, int16_t *output,
                           void *scratch) {
  const tinyml_max_pool2d_s16_params p = *params;
  (void)scratch;
  for (int32_t image = 0; image < p.batch; image++, input += p.in_h * p.in_w * p.channels) {
    for (int32_t place = 0; place < p.out_h * p.out_w; place++) {
      const int32_t y = place / p.out_w * p.stride_h - p.pad_top, x = place % p.out_w * p.stride_w - p.pad_left;
      const tinyml_taps ky = tinyml_valid_taps(y, p.dilation_h, p.kernel_h, p.in_h);
      const tinyml_taps kx = tinyml_valid_taps(x, p.dilation_w, p.kernel_w, p.in_w);
      for (int32_t channel = 0; channel < p.channels; channel++) {
        int32_t best = INT16_MIN;
        for (int32_t row = ky.first; row < ky.end; row++) {
          for (int32_t column = kx.first; column < kx.end; column++) {
            const int32_t at = (y + row * p.dilation_h) * p.in_w + x + column * p.dilation_w;
            const int32_t value = input[at * p.channels + channel];
            if (value > best) best = value;
          }
        }
        *output++ = tinyml_output_s16(best, p.act_min, p.act_max);
      }
    }
  }
}
