#include "tinyml_pool_shares.h"

void tinyml_avg_pool2d_gradient_encode_f32(const tinyml_avg_pool2d_gradient_encode_f32_params *params,
                                           const float *gradient, const int8_t *bits, const float *factors,
                                           const float *gradient_quantizer, const int32_t *key, int8_t *input_gradient,
                                           void *scratch) {
  const tinyml_avg_pool2d_gradient_encode_f32_params p = *params;
  const tinyml_finish finish = {p.masked, p.scaled, bits, factors, p.channels};
  const uint32_t own = tinyml_random_bits((uint32_t)*key, (uint32_t)p.stream);
  float *pixel = scratch;
  const tinyml_encode_pass pass = tinyml_start_codes(finish, gradient_quantizer, p.limit, p.stochastic, own, input_gradient);
  for (int32_t row = 0; row < p.batch * p.in_h; row++) {
    for (int32_t ix = 0; ix < p.in_w; ix++) {
      tinyml_pixel_shares((const tinyml_avg_pool2d_gradient_f32_params *)params, gradient, row / p.in_h, row % p.in_h, ix,
                          pixel);
      const int32_t number = row * p.in_w + ix;
      for (tinyml_block at = tinyml_first_run(number, p.channels); at.channels > 0; at = tinyml_next_run(at, p.channels)) {
        tinyml_encode_passed(&pass, at, number, pixel + at.first);
      }
    }
  }
}
