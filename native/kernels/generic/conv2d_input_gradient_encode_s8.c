#include "tinyml_input_gradient.h"

void tinyml_conv2d_input_gradient_encode_s8(const tinyml_conv2d_input_gradient_encode_s8_params *params,
                                            const int8_t *gradient, const float *quantizer, const int8_t *weights,
                                            const int8_t *rest, const float *scale, const int8_t *bits,
                                            const float *factors, const float *gradient_quantizer, const int32_t *key,
                                            const int32_t *kept_sums, int8_t *input_gradient, void *scratch) {
  const tinyml_conv2d_input_gradient_encode_s8_params p = *params;
  const tinyml_back_products products = {(const tinyml_conv2d_input_gradient_extent_s8_params *)params, gradient, weights,
                                         rest};
  const float factor = quantizer[TINYML_SCALE] * *scale;
  const tinyml_finish finish = {p.masked, p.scaled, bits, factors, p.in_channels};
  const uint32_t own = tinyml_random_bits((uint32_t)*key, (uint32_t)p.stream);
  const tinyml_encode_pass pass = tinyml_start_codes(finish, gradient_quantizer, p.limit, p.stochastic, own, input_gradient);
  int32_t blocks[TINYML_BLOCK_PIXELS * TINYML_BLOCK_CHANNELS];
  (void)scratch;
  int32_t left = p.kept;
  for (tinyml_block at = tinyml_first_block(&products); at.channels > 0; at = tinyml_next_block(&products, at)) {
    at = tinyml_kept_part(at, left);
    if (left == 0) {
      tinyml_block_gradient(&products, at, blocks);
      tinyml_encode_sums_of(&pass, at, blocks, factor);
      continue;
    }
    tinyml_encode_sums_of(&pass, at, kept_sums, factor);
    kept_sums += at.pixels * TINYML_BLOCK_CHANNELS;
    left -= at.pixels;
  }
}
