#include "tinyml_input_gradient.h"

void tinyml_conv2d_input_gradient_add_s8(const tinyml_conv2d_input_gradient_add_s8_params *params, const float *added,
                                         const int8_t *gradient, const float *quantizer, const int8_t *weights,
                                         const int8_t *rest, const float *scale, float *input_gradient, void *scratch) {
  const tinyml_conv2d_input_gradient_add_s8_params p = *params;
  const tinyml_back_products products = {(const tinyml_conv2d_input_gradient_extent_s8_params *)params, gradient, weights,
                                         rest};
  const float factor = quantizer[TINYML_SCALE] * *scale;
  int32_t blocks[TINYML_BLOCK_PIXELS * TINYML_BLOCK_CHANNELS];
  (void)scratch;
  for (tinyml_block at = tinyml_first_block(&products); at.channels > 0; at = tinyml_next_block(&products, at)) {
    tinyml_block_gradient(&products, at, blocks);
    const int32_t *from = blocks;
    for (int32_t i = 0; i < at.pixels; i++, from += TINYML_BLOCK_CHANNELS) {
      const ptrdiff_t index = (ptrdiff_t)(at.pixel + i) * p.in_channels + at.first;
      for (int32_t c = 0; c < at.channels; c++) {
        const float value = (float)from[c] * factor;
        input_gradient[index + c] = p.adds == 1 ? added[index + c] + value : value;
      }
    }
  }
}
