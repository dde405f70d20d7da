#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"
#include "tinyml_taps.h"

void tinyml_conv2d_sums_s8(const tinyml_conv2d_sums_s8_params *params, const int8_t *input, const float *quantizer,
                           const int8_t *weights, int32_t *output, void *scratch) {
  const tinyml_conv2d_sums_s8_params p = *params;
  const int32_t group_in = p.in_channels / p.groups, group_out = p.out_channels / p.groups;
  const int32_t zero_point = tinyml_zero_point(quantizer);
  (void)scratch;
  for (int32_t row = 0; row < p.batch * p.out_h; row++) {
    for (int32_t ox = 0; ox < p.out_w; ox++) {
      for (int32_t oc = 0; oc < p.out_channels; oc++) {
        const int8_t *w = weights + (ptrdiff_t)oc * p.kernel_h * p.kernel_w * group_in;
        uint32_t sum = 0;
        for (int32_t ky = 0; ky < p.kernel_h; ky++) {
          for (int32_t kx = 0; kx < p.kernel_w; kx++, w += group_in) {
            const tinyml_tap tap = tinyml_tap_at(&p, row / p.out_h, row % p.out_h, ox, ky, kx);
            if (!tap.inside) continue;
            const int8_t *x = input + tap.input + oc / group_out * group_in;
            for (int32_t ic = 0; ic < group_in; ic++) sum += (uint32_t)((x[ic] - zero_point) * w[ic]);
          }
        }
        *output++ = (int32_t)sum;
      }
    }
  }
}
