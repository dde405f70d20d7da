#include "tinyml_input_gradient.h"

void tinyml_conv2d_input_gradient_extent_s8(const tinyml_conv2d_input_gradient_extent_s8_params *params,
                                            const int8_t *gradient, const float *quantizer, const int8_t *weights,
                                            const int8_t *rest, const float *scale, const int8_t *bits,
                                            const float *factors, float *extent, float *sums, void *scratch) {
  const tinyml_conv2d_input_gradient_extent_s8_params p = *params;
  const tinyml_back_products products = {params, gradient, weights, rest};
  const float factor = quantizer[TINYML_SCALE] * *scale;
  const tinyml_finish finish = {p.masked, p.scaled, bits, factors};
  double *totals = scratch;
  uint32_t *pixel = (uint32_t *)(totals + p.in_channels);
  tinyml_extent_pass pass = tinyml_start_extent(finish, p.summed, p.in_channels, totals);
  for (int32_t row = 0; row < p.batch * p.in_h; row++) {
    for (int32_t ix = 0; ix < p.in_w; ix++) {
      tinyml_pixel_gradient(&products, row / p.in_h, row % p.in_h, ix, pixel);
      for (int32_t c = 0; c < p.in_channels; c++) tinyml_extend_pass(&pass, c, (float)(int32_t)pixel[c] * factor);
      tinyml_next_bits(&pass.finish, p.in_channels);
    }
  }
  tinyml_store_pass(&pass, p.in_channels, extent, sums);
}
