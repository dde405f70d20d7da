#include <stddef.h>

#include "../tinyml_kernels.h"
#include "tinyml_fma.h"

/* How many taps of a row of the kernel, from `tap` on, read neighbours of one row of the input, or all miss it. */
static inline int32_t run_of_taps(const tinyml_conv2d_f32_params *p, int32_t x, int32_t tap) {
  const int32_t ix = x + tap * p->dilation_w, rest = p->kernel_w - tap;
  if (p->groups != 1 || p->dilation_w != 1) return 1;
  const int32_t run = ix < 0 ? -ix : ix < p->in_w ? p->in_w - ix : rest;
  return run < rest ? run : rest;
}

/* `lanes` output channels from `channel` on, of one position whose window starts at (y, x). */
static inline void position(const tinyml_conv2d_f32_params *p, const float *input, const float *weights,
                            const float *bias, const float *bounds, int32_t y, int32_t x, int32_t channel,
                            int32_t lanes, float *output) {
  const int32_t group_in = p->in_channels / p->groups, group_out = p->out_channels / p->groups;
  const int32_t filter = p->kernel_h * p->kernel_w * group_in;
  const float *with = weights + channel * filter;
  float sums[TINYML_CHAINS];
  for (int32_t lane = 0; lane < lanes; lane++) sums[lane] = bias[channel + lane];
  for (int32_t row = 0; row < p->kernel_h; row++) {
    const int32_t iy = y + row * p->dilation_h;
    for (int32_t tap = 0, taps; tap < p->kernel_w; tap += taps, with += taps * group_in) {
      const int32_t ix = x + tap * p->dilation_w;
      const int32_t inside = iy >= 0 && iy < p->in_h && ix >= 0 && ix < p->in_w;
      const float *from =
          inside ? input + (iy * p->in_w + ix) * p->in_channels + channel / group_out * group_in : NULL;
      taps = run_of_taps(p, x, tap);
      tinyml_chains(sums, lanes, from, with, filter, taps * group_in);
    }
  }
  for (int32_t lane = 0; lane < lanes; lane++) output[lane] = tinyml_bounded(sums[lane], bounds);
}

void tinyml_conv2d_f32(const tinyml_conv2d_f32_params *params, const float *input, const float *weights,
                       const float *bias, const float *bounds, float *output, void *scratch) {
  const tinyml_conv2d_f32_params p = *params;
  const int32_t group_out = p.out_channels / p.groups;
  (void)scratch;
  for (int32_t image = 0; image < p.batch; image++, input += p.in_h * p.in_w * p.in_channels) {
    for (int32_t place = 0; place < p.out_h * p.out_w; place++) {
      const int32_t y = place / p.out_w * p.stride_h - p.pad_top, x = place % p.out_w * p.stride_w - p.pad_left;
      for (int32_t first = 0; first < p.out_channels; first += group_out) {
        int32_t channel = first;
        for (; channel + TINYML_CHAINS <= first + group_out; channel += TINYML_CHAINS, output += TINYML_CHAINS) {
          position(&p, input, weights, bias, bounds, y, x, channel, TINYML_CHAINS, output);
        }
        for (; channel < first + group_out; channel++, output++) {
          position(&p, input, weights, bias, bounds, y, x, channel, 1, output);
        }
      }
    }
  }
}
