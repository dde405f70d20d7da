#include "tinyml_input_gradient.h"

void tinyml_conv2d_input_gradient_encode_s8(const tinyml_conv2d_input_gradient_encode_s8_params *params,
                                            const int8_t *gradient, const float *quantizer, const int8_t *weights,
                                            const int8_t *rest, const float *scale, const int8_t *bits,
                                            const float *factors, const float *gradient_quantizer, const int32_t *key,
                                            int8_t *input_gradient, void *scratch) {
  const tinyml_conv2d_input_gradient_encode_s8_params p = *params;
  const tinyml_back_products products = {(const tinyml_conv2d_input_gradient_extent_s8_params *)params, gradient, weights,
                                         rest};
  const float factor = quantizer[TINYML_SCALE] * *scale;
  const tinyml_finish finish = {p.masked, p.scaled, bits, factors};
  const uint32_t own = tinyml_random_bits((uint32_t)*key, (uint32_t)p.stream);
  uint32_t *pixel = scratch;
  tinyml_encode_pass pass = tinyml_start_codes(finish, gradient_quantizer, p.limit, p.stochastic, own);
  for (int32_t row = 0; row < p.batch * p.in_h; row++) {
    for (int32_t ix = 0; ix < p.in_w; ix++) {
      tinyml_pixel_gradient(&products, row / p.in_h, row % p.in_h, ix, pixel);
      for (int32_t c = 0; c < p.in_channels; c++) {
        *input_gradient++ = tinyml_encode_passed(&pass, c, (float)(int32_t)pixel[c] * factor);
      }
      tinyml_next_bits(&pass.finish, p.in_channels);
    }
  }
}
