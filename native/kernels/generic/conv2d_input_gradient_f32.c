#include <stddef.h>

#include "../tinyml_kernels.h"
#include "tinyml_fma.h"

void tinyml_conv2d_input_gradient_f32(const tinyml_conv2d_input_gradient_f32_params *params, const float *gradient,
                                      const float *weights, float *input_gradient, void *scratch) {
  const tinyml_conv2d_input_gradient_f32_params p = *params;
  const int32_t group_in = p.in_channels / p.groups, group_out = p.out_channels / p.groups;
  const ptrdiff_t filter = (ptrdiff_t)p.kernel_h * p.kernel_w * group_in;
  (void)scratch;
  for (int32_t row = 0; row < p.batch * p.in_h; row++) {
    const float *image = gradient + (ptrdiff_t)(row / p.in_h) * p.out_h * p.out_w * p.out_channels;
    for (int32_t ix = 0; ix < p.in_w; ix++) {
      for (int32_t ic = 0; ic < p.in_channels; ic++) {
        const int32_t first = ic / group_in * group_out;
        float sum = 0.0f;
        for (int32_t ky = p.kernel_h - 1; ky >= 0; ky--) {
          const int32_t y = row % p.in_h + p.pad_top - ky * p.dilation_h, oy = y / p.stride_h;
          if (y % p.stride_h != 0) continue;
          for (int32_t kx = p.kernel_w - 1; kx >= 0; kx--) {
            const int32_t x = ix + p.pad_left - kx * p.dilation_w, ox = x / p.stride_w;
            if (x % p.stride_w != 0) continue;
            const int32_t inside = y >= 0 && oy < p.out_h && x >= 0 && ox < p.out_w;
            const float *g = inside ? image + ((ptrdiff_t)oy * p.out_w + ox) * p.out_channels + first : NULL;
            const float *w = weights + first * filter + (ptrdiff_t)(ky * p.kernel_w + kx) * group_in + ic % group_in;
            for (int32_t oc = 0; oc < group_out; oc++) sum = tinyml_fma(inside ? g[oc] : 0.0f, w[oc * filter], sum);
          }
        }
        *input_gradient++ = sum;
      }
    }
  }
}
