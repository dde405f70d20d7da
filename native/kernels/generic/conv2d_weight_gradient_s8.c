#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"
#include "tinyml_taps.h"

void tinyml_conv2d_weight_gradient_s8(const tinyml_conv2d_weight_gradient_s8_params *params, const int8_t *input,
                                      const float *quantizer, const int8_t *gradient, int32_t *weight_gradient,
                                      int32_t *bias_gradient, void *scratch) {
  const tinyml_conv2d_weight_gradient_s8_params p = *params;
  const int32_t group_in = p.in_channels / p.groups, group_out = p.out_channels / p.groups;
  const ptrdiff_t filter = (ptrdiff_t)p.kernel_h * p.kernel_w * group_in;
  const int32_t zero_point = tinyml_zero_point(quantizer);
  (void)scratch;
  for (ptrdiff_t i = 0; i < p.out_channels * filter; i++) weight_gradient[i] = 0;
  for (int32_t oc = 0; oc < p.out_channels; oc++) bias_gradient[oc] = 0;
  for (int32_t row = 0; row < p.batch * p.out_h; row++) {
    for (int32_t ox = 0; ox < p.out_w; ox++) {
      for (int32_t oc = 0; oc < p.out_channels; oc++) {
        int32_t *to = weight_gradient + oc * filter;
        const int32_t g = *gradient++;
        bias_gradient[oc] = (int32_t)((uint32_t)bias_gradient[oc] + (uint32_t)g);
        for (int32_t ky = 0; ky < p.kernel_h; ky++) {
          for (int32_t kx = 0; kx < p.kernel_w; kx++, to += group_in) {
            const tinyml_tap tap = tinyml_tap_at(&p, row / p.out_h, row % p.out_h, ox, ky, kx);
            if (!tap.inside) continue;
            const int8_t *x = input + tap.input + oc / group_out * group_in;
            for (int32_t ic = 0; ic < group_in; ic++) {
              to[ic] = (int32_t)((uint32_t)to[ic] + (uint32_t)((x[ic] - zero_point) * g));
            }
          }
        }
      }
    }
  }
}
