#include "tinyml_input_gradient.h"

void tinyml_conv2d_input_gradient_add_s8(const tinyml_conv2d_input_gradient_add_s8_params *params, const float *added,
                                         const int8_t *gradient, const float *quantizer, const int8_t *weights,
                                         const int8_t *rest, const float *scale, float *input_gradient, void *scratch) {
  const tinyml_conv2d_input_gradient_add_s8_params p = *params;
  const tinyml_back_products products = {(const tinyml_conv2d_input_gradient_extent_s8_params *)params, gradient, weights,
                                         rest};
  const float factor = quantizer[TINYML_SCALE] * *scale;
  uint32_t *pixel = scratch;
  for (int32_t row = 0; row < p.batch * p.in_h; row++) {
    for (int32_t ix = 0; ix < p.in_w; ix++) {
      tinyml_pixel_gradient(&products, row / p.in_h, row % p.in_h, ix, pixel);
      for (int32_t c = 0; c < p.in_channels; c++) {
        const float value = (float)(int32_t)pixel[c] * factor;
        *input_gradient++ = p.adds == 1 ? *added++ + value : value;
      }
    }
  }
}
