#include "tinyml_input_gradient.h"

/* Zeros in the place of channels that a block does not have. */
static void clear_behind(tinyml_block at, int32_t *sums) {
  for (int32_t i = 0; at.channels < TINYML_BLOCK_CHANNELS && i < at.pixels; i++, sums += TINYML_BLOCK_CHANNELS) {
    for (int32_t c = at.channels; c < TINYML_BLOCK_CHANNELS; c++) sums[c] = 0;
  }
}

void tinyml_conv2d_input_gradient_extent_s8(const tinyml_conv2d_input_gradient_extent_s8_params *params,
                                            const int8_t *gradient, const float *quantizer, const int8_t *weights,
                                            const int8_t *rest, const float *scale, const int8_t *bits,
                                            const float *factors, float *extent, float *sums, int32_t *kept_sums,
                                            void *scratch) {
  const tinyml_conv2d_input_gradient_extent_s8_params p = *params;
  const tinyml_back_products products = {params, gradient, weights, rest};
  const float factor = quantizer[TINYML_SCALE] * *scale;
  const tinyml_finish finish = {p.masked, p.scaled, bits, factors, p.in_channels};
  tinyml_extent_pass pass = tinyml_start_extent(finish, p.summed, scratch);
  int32_t blocks[TINYML_BLOCK_PIXELS * TINYML_BLOCK_CHANNELS];
  int32_t left = p.kept;
  for (tinyml_block at = tinyml_first_block(&products); at.channels > 0; at = tinyml_next_block(&products, at)) {
    at = tinyml_kept_part(at, left);
    int32_t *const to = left > 0 ? kept_sums : blocks;
    tinyml_block_gradient(&products, at, to);
    tinyml_extend_block(&pass, at, to, factor);
    if (left == 0) continue;
    clear_behind(at, kept_sums);
    kept_sums += at.pixels * TINYML_BLOCK_CHANNELS;
    left -= at.pixels;
  }
  tinyml_store_pass(&pass, extent, sums);
}
