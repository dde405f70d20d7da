#include <stddef.h>

#include "../tinyml_kernels.h"
#include "tinyml_fma.h"
#include "tinyml_meeting.h"

void tinyml_conv2d_input_gradient_f32(const tinyml_conv2d_input_gradient_f32_params *params, const float *gradient,
                                      const float *weights, float *input_gradient, void *scratch) {
  const tinyml_conv2d_input_gradient_f32_params p = *params;
  const int32_t group_in = p.in_channels / p.groups, group_out = p.out_channels / p.groups;
  const ptrdiff_t filter = (ptrdiff_t)p.kernel_h * p.kernel_w * group_in;
  (void)scratch;
  for (int32_t row = 0; row < p.batch * p.in_h; row++) {
    const tinyml_meeting y = tinyml_meet(row % p.in_h + p.pad_top, p.dilation_h, p.kernel_h, p.stride_h, p.out_h);
    const float *image = gradient + (ptrdiff_t)(row / p.in_h) * p.out_h * p.out_w * p.out_channels;
    for (int32_t ix = 0; ix < p.in_w; ix++) {
      const tinyml_meeting x = tinyml_meet(ix + p.pad_left, p.dilation_w, p.kernel_w, p.stride_w, p.out_w);
      for (int32_t ic = 0; ic < p.in_channels; ic++) {
        const int32_t first = ic / group_in * group_out;
        float sum = 0.0f;
        for (int32_t j = 0; j < y.count; j++) {
          for (int32_t i = 0; i < x.count; i++) {
            const ptrdiff_t position = (ptrdiff_t)(y.at - j * y.back) * p.out_w + x.at - i * x.back;
            const int32_t tap = (y.first + j * y.step) * p.kernel_w + x.first + i * x.step;
            const float *g = image + position * p.out_channels + first;
            const float *w = weights + first * filter + (ptrdiff_t)tap * group_in + ic % group_in;
            for (int32_t oc = 0; oc < group_out; oc++) sum = tinyml_fma(g[oc], w[oc * filter], sum);
          }
        }
        *input_gradient++ = sum;
      }
    }
  }
}
