#include "../tinyml_kernels.h"
#include "tinyml_facts.h"
#include "tinyml_fixed_point.h"

#if defined(__ARM_FEATURE_MVE) && defined(__GNUC__)
#include "../mve/depthwise_conv2d_columns_s8.h"
#else
/* One output position after the other. */
static void all_blocks(const tinyml_depthwise_conv2d_columns_s8_params *params, const int8_t *input,
                       const int8_t *weights, const int32_t *bias, const int32_t *multiplier, const int32_t *shift,
                       int8_t *output, void *scratch) {
  (void)scratch;
  const tinyml_depthwise_conv2d_columns_s8_params p = *params;
  const int32_t channels = p.in_channels;
  for (int32_t row = 0; row < p.batch * p.out_h; row++) {
    const int32_t y = row % p.out_h * p.stride_h - p.pad_top;
    const int8_t *image = input + row / p.out_h * p.in_h * p.in_w * channels;
    for (int32_t ox = 0; ox < p.out_w; ox++, output += channels) {
      const int32_t x = ox * p.stride_w - p.pad_left;
      const int8_t *w = weights;
      for (int32_t c = 0; c < channels; c++) {
        uint32_t sum = (uint32_t)bias[c];
        for (int32_t ix = x; ix < x + p.kernel_w; ix++) {
          for (int32_t iy = y; iy < y + p.kernel_h; iy++, w++) {
            const int within = iy >= 0 && iy < p.in_h && ix >= 0 && ix < p.in_w;
            const int32_t code = within ? image[(iy * p.in_w + ix) * channels + c] : p.input_zero_point;
            sum += (uint32_t)(code * *w);
          }
        }
        const int32_t value = tinyml_requantize((int32_t)sum, multiplier[c], shift[c]) + p.output_zero_point;
        output[c] = (int8_t)tinyml_clamp(value, p.act_min, p.act_max);
      }
    }
  }
}
#endif

void tinyml_depthwise_conv2d_columns_s8(const tinyml_depthwise_conv2d_columns_s8_params *params,
                                        const int8_t *input, const int8_t *weights, const int32_t *bias,
                                        const int32_t *multiplier, const int32_t *shift, int8_t *output,
                                        void *scratch) {
  TINYML_FACTS(depthwise_conv2d_columns_s8, params);
  all_blocks(params, input, weights, bias, multiplier, shift, output, scratch);
}
