#include "tinyml_input_gradient.h"

void tinyml_conv2d_input_gradient_extent_s8(const tinyml_conv2d_input_gradient_extent_s8_params *params,
                                            const int8_t *gradient, const float *quantizer, const int8_t *weights,
                                            const int8_t *rest, const float *scale, const int8_t *bits,
                                            const float *factors, float *extent, float *sums, void *scratch) {
  const tinyml_conv2d_input_gradient_extent_s8_params p = *params;
  const tinyml_back_products products = {params, gradient, weights, rest};
  const float factor = quantizer[TINYML_SCALE] * *scale;
  const tinyml_finish finish = {p.masked, p.scaled, bits, factors, p.in_channels};
  tinyml_extent_pass pass = tinyml_start_extent(finish, p.summed, scratch);
  int32_t blocks[TINYML_BLOCK_PIXELS * TINYML_BLOCK_CHANNELS];
  for (tinyml_block at = tinyml_first_block(&products); at.channels > 0; at = tinyml_next_block(&products, at)) {
    tinyml_block_gradient(&products, at, blocks);
    tinyml_extend_block(&pass, at, blocks, factor);
  }
  tinyml_store_pass(&pass, extent, sums);
}
