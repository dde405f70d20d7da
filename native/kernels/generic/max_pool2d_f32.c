#include <math.h>

#include "../tinyml_kernels.h"
#include "tinyml_window.h"

void tinyml_max_pool2d_f32(const tinyml_max_pool2d_f32_params *params, const float *input, float *output,
                           void *scratch) {
  const tinyml_max_pool2d_f32_params p = *params;
  (void)scratch;
  for (int32_t position = 0; position < p.batch * p.out_h * p.out_w; position++) {
    const int32_t row = position / p.out_w;
    const int32_t x = position % p.out_w * p.stride_w - p.pad_left, y = row % p.out_h * p.stride_h - p.pad_top;
    const tinyml_taps kx = tinyml_valid_taps(x, p.dilation_w, p.kernel_w, p.in_w);
    const tinyml_taps ky = tinyml_valid_taps(y, p.dilation_h, p.kernel_h, p.in_h);
    const int32_t rows = ky.end - ky.first, columns = kx.end - kx.first;
    const float *from = input + (((row / p.out_h) * p.in_h + y + ky.first * p.dilation_h) * p.in_w + x +
                                 kx.first * p.dilation_w) *
                                    p.channels;
    for (int32_t c = 0; c < p.channels; c++, from++) {
      float best = -INFINITY;
      for (int32_t k = 0; k < rows; k++) {
        const float *at = from + k * p.dilation_h * p.in_w * p.channels;
        for (int32_t i = 0; i < columns; i++) {
          const float value = at[i * p.dilation_w * p.channels];
          if (value > best || value != value) best = value;
        }
      }
      *output++ = best;
    }
  }
}
