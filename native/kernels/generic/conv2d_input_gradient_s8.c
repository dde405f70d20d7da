#include "../tinyml_kernels.h"
#include "tinyml_taps.h"

void tinyml_conv2d_input_gradient_s8(const tinyml_conv2d_input_gradient_s8_params *params, const int8_t *gradient,
                                     const int8_t *weights, int32_t *input_gradient, void *scratch) {
  const tinyml_conv2d_input_gradient_s8_params p = *params;
  const int32_t group_in = p.in_channels / p.groups, group_out = p.out_channels / p.groups;
  const ptrdiff_t size = (ptrdiff_t)p.batch * p.in_h * p.in_w * p.in_channels;
  (void)scratch;
  for (ptrdiff_t i = 0; i < size; i++) input_gradient[i] = 0;
  for (int32_t row = 0; row < p.batch * p.out_h; row++) {
    for (int32_t ox = 0; ox < p.out_w; ox++) {
      for (int32_t oc = 0; oc < p.out_channels; oc++) {
        const int8_t *w = weights + (ptrdiff_t)oc * p.kernel_h * p.kernel_w * group_in;
        const int32_t g = *gradient++;
        for (int32_t ky = 0; ky < p.kernel_h; ky++) {
          for (int32_t kx = 0; kx < p.kernel_w; kx++, w += group_in) {
            const tinyml_tap tap = tinyml_tap_at(&p, row / p.out_h, row % p.out_h, ox, ky, kx);
            if (!tap.inside) continue;
            int32_t *to = input_gradient + tap.input + oc / group_out * group_in;
            for (int32_t ic = 0; ic < group_in; ic++) to[ic] = (int32_t)((uint32_t)to[ic] + (uint32_t)(g * w[ic]));
          }
        }
      }
    }
  }
}
