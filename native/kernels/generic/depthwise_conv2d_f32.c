#include "../tinyml_kernels.h"
#include "tinyml_fma.h"

void tinyml_depthwise_conv2d_f32(const tinyml_depthwise_conv2d_f32_params *params, const float *input,
                                 const float *weights, const float *bias, const float *bounds, float *output,
                                 void *scratch) {
  const tinyml_depthwise_conv2d_f32_params p = *params;
  const int32_t channels = p.in_channels * p.depth_multiplier;
  (void)scratch;
  for (int32_t image = 0; image < p.batch; image++, input += p.in_h * p.in_w * p.in_channels) {
    for (int32_t place = 0; place < p.out_h * p.out_w; place++, output += channels) {
      const int32_t y = place / p.out_w * p.stride_h - p.pad_top, x = place % p.out_w * p.stride_w - p.pad_left;
      for (int32_t c = 0; c < channels; c++) {
        const float *from = input + c / p.depth_multiplier, *with = weights + c;
        float sum = bias[c];
        for (int32_t ky = 0; ky < p.kernel_h; ky++) {
          const int32_t iy = y + ky * p.dilation_h;
          for (int32_t kx = 0; kx < p.kernel_w; kx++, with += channels) {
            const int32_t ix = x + kx * p.dilation_w;
            const int32_t inside = iy >= 0 && iy < p.in_h && ix >= 0 && ix < p.in_w;
            sum = tinyml_fma(inside ? from[(iy * p.in_w + ix) * p.in_channels] : 0.0f, *with, sum);
          }
        }
        output[c] = tinyml_bounded(sum, bounds);
      }
    }
  }
}
