#include "../tinyml_kernels.h"
#include "tinyml_fma.h"
#include "tinyml_taps.h"

void tinyml_conv2d_weight_gradient_f32(const tinyml_conv2d_weight_gradient_f32_params *params, const float *input,
                                       const float *gradient, float *weight_gradient, float *bias_gradient,
                                       void *scratch) {
  const tinyml_conv2d_sums_f32_params p = *params;
  const int32_t group_in = p.in_channels / p.groups, group_out = p.out_channels / p.groups;
  const ptrdiff_t filter = (ptrdiff_t)p.kernel_h * p.kernel_w * group_in;
  (void)scratch;
  for (ptrdiff_t i = 0; i < p.out_channels * filter; i++) weight_gradient[i] = 0.0f;
  for (int32_t oc = 0; oc < p.out_channels; oc++) bias_gradient[oc] = 0.0f;
  for (int32_t row = 0; row < p.batch * p.out_h; row++) {
    for (int32_t ox = 0; ox < p.out_w; ox++) {
      for (int32_t oc = 0; oc < p.out_channels; oc++) {
        float *to = weight_gradient + oc * filter;
        const float g = *gradient++;
        bias_gradient[oc] += g;
        for (int32_t ky = 0; ky < p.kernel_h; ky++) {
          for (int32_t kx = 0; kx < p.kernel_w; kx++, to += group_in) {
            const tinyml_tap tap = tinyml_tap_at(&p, row / p.out_h, row % p.out_h, ox, ky, kx);
            const float *x = input + tap.input + oc / group_out * group_in;
            for (int32_t ic = 0; ic < group_in; ic++) to[ic] = tinyml_fma(tap.inside ? x[ic] : 0.0f, g, to[ic]);
          }
        }
      }
    }
  }
}
