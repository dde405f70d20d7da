#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"
#include "tinyml_taps.h"

/* Sums of the gradient of the weights of an output channel; returns that of its bias. */
static int32_t channel_gradient(const tinyml_conv2d_update_s8_params *params, const int8_t *input, int32_t zero_point,
                                const int8_t *gradient, int32_t channel, int32_t *sums) {
  const tinyml_conv2d_update_s8_params p = *params;
  const int32_t group_in = p.in_channels / p.groups;
  const int8_t *first = input + channel / (p.out_channels / p.groups) * group_in;
  uint32_t bias = 0;
  for (ptrdiff_t i = 0; i < (ptrdiff_t)p.kernel_h * p.kernel_w * group_in; i++) sums[i] = 0;
  for (int32_t row = 0; row < p.batch * p.out_h; row++) {
    for (int32_t ox = 0; ox < p.out_w; ox++) {
      int32_t *to = sums;
      const int32_t g = gradient[((ptrdiff_t)row * p.out_w + ox) * p.out_channels + channel];
      if (g == 0) continue;
      bias += (uint32_t)g;
      for (int32_t ky = 0; ky < p.kernel_h; ky++) {
        for (int32_t kx = 0; kx < p.kernel_w; kx++, to += group_in) {
          const tinyml_tap tap =
              tinyml_tap_at((const tinyml_conv2d_sums_s8_params *)params, row / p.out_h, row % p.out_h, ox, ky, kx);
          if (!tap.inside) continue;
          const int8_t *x = first + tap.input;
          for (int32_t ic = 0; ic < group_in; ic++) {
            to[ic] = (int32_t)((uint32_t)to[ic] + (uint32_t)((x[ic] - zero_point) * g));
          }
        }
      }
    }
  }
  return (int32_t)bias;
}

void tinyml_conv2d_update_s8(const tinyml_conv2d_update_s8_params *params, const int8_t *input, const float *quantizer,
                             const int8_t *gradient, const float *gradient_quantizer, const float *scale,
                             const float *control, const int32_t *key, int8_t *codes, int32_t *bias_gradient,
                             void *scratch) {
  const tinyml_conv2d_update_s8_params p = *params;
  const int32_t columns = p.kernel_h * p.kernel_w * (p.in_channels / p.groups);
  const int32_t zero_point = tinyml_zero_point(quantizer);
  const float factor = quantizer[TINYML_SCALE] * gradient_quantizer[TINYML_SCALE];
  const float rate = control[0], limit = (float)p.limit;
  const uint32_t own = tinyml_random_bits((uint32_t)*key, (uint32_t)p.stream);
  int32_t *sums = scratch;
  uint32_t index = 0;
  for (int32_t oc = 0; oc < p.out_channels; oc++) {
    const float per_code = rate / scale[oc];
    bias_gradient[oc] = channel_gradient(params, input, zero_point, gradient, oc, sums);
    for (int32_t i = 0; i < columns; i++, index++) {
      const float moved = (float)codes[index] - per_code * ((float)sums[i] * factor);
      codes[index] = (int8_t)tinyml_round_stochastic(tinyml_between(moved, -limit, limit), own, index);
    }
  }
}
