#include <stddef.h>

#include "../tinyml_kernels.h"
#include "tinyml_fma.h"
#include "tinyml_taps.h"

void tinyml_conv2d_sums_f32(const tinyml_conv2d_sums_f32_params *params, const float *input, const float *weights,
                            float *output, void *scratch) {
  const tinyml_conv2d_sums_f32_params p = *params;
  const int32_t group_in = p.in_channels / p.groups, group_out = p.out_channels / p.groups;
  (void)scratch;
  for (int32_t row = 0; row < p.batch * p.out_h; row++) {
    for (int32_t ox = 0; ox < p.out_w; ox++) {
      for (int32_t oc = 0; oc < p.out_channels; oc++) {
        const float *w = weights + (ptrdiff_t)oc * p.kernel_h * p.kernel_w * group_in;
        float sum = 0.0f;
        for (int32_t ky = 0; ky < p.kernel_h; ky++) {
          for (int32_t kx = 0; kx < p.kernel_w; kx++, w += group_in) {
            const tinyml_tap tap = tinyml_tap_at(&p, row / p.out_h, row % p.out_h, ox, ky, kx);
            const float *x = tap.inside ? input + tap.input + oc / group_out * group_in : NULL;
            tinyml_chains(&sum, 1, x, w, 0, group_in);
          }
        }
        *output++ = sum;
      }
    }
  }
}
