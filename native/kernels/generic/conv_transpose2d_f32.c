#include "../tinyml_kernels.h"
#include "tinyml_fma.h"
#include "tinyml_meeting.h"

/* `lanes` output channels from `channel` on, of the position that meets the taps y and x. */
static inline void position(const tinyml_conv_transpose2d_f32_params *p, tinyml_meeting y, tinyml_meeting x,
                            const float *image, const float *weights, const float *bias, const float *bounds,
                            int32_t channel, int32_t lanes, float *output) {
  const int32_t filter = p->kernel_h * p->kernel_w * p->in_channels;
  float sums[TINYML_CHAINS];
  for (int32_t lane = 0; lane < lanes; lane++) sums[lane] = bias[channel + lane];
  for (int32_t row = 0; row < y.count; row++) {
    for (int32_t column = 0; column < x.count; column++) {
      const int32_t from = (y.at - row * y.back) * p->in_w + x.at - column * x.back;
      const int32_t tap = (y.first + row * y.step) * p->kernel_w + x.first + column * x.step;
      tinyml_chains(sums, lanes, image + from * p->in_channels, weights + channel * filter + tap * p->in_channels, filter,
                    p->in_channels);
    }
  }
  for (int32_t lane = 0; lane < lanes; lane++) output[lane] = tinyml_bounded(sums[lane], bounds);
}

void tinyml_conv_transpose2d_f32(const tinyml_conv_transpose2d_f32_params *params, const float *input,
                                 const float *weights, const float *bias, const float *bounds, float *output,
                                 void *scratch) {
  const tinyml_conv_transpose2d_f32_params p = *params;
  (void)scratch;
  for (int32_t row = 0; row < p.batch * p.out_h; row++) {
    const tinyml_meeting y = tinyml_meet(row % p.out_h + p.pad_top, p.dilation_h, p.kernel_h, p.stride_h, p.in_h);
    const float *image = input + row / p.out_h * p.in_h * p.in_w * p.in_channels;
    for (int32_t ox = 0; ox < p.out_w; ox++) {
      const tinyml_meeting x = tinyml_meet(ox + p.pad_left, p.dilation_w, p.kernel_w, p.stride_w, p.in_w);
      int32_t channel = 0;
      for (; channel + TINYML_CHAINS <= p.out_channels; channel += TINYML_CHAINS, output += TINYML_CHAINS) {
        position(&p, y, x, image, weights, bias, bounds, channel, TINYML_CHAINS, output);
      }
      for (; channel < p.out_channels; channel++, output++) {
        position(&p, y, x, image, weights, bias, bounds, channel, 1, output);
      }
    }
  }
}
