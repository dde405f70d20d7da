#include "tinyml_pool_shares.h"

void tinyml_avg_pool2d_gradient_extent_f32(const tinyml_avg_pool2d_gradient_extent_f32_params *params,
                                           const float *gradient, const int8_t *bits, const float *factors, float *extent,
                                           float *sums, void *scratch) {
  const tinyml_avg_pool2d_gradient_extent_f32_params p = *params;
  const tinyml_finish finish = {p.masked, p.scaled, bits, factors, p.channels};
  double *totals = scratch;
  float *pixel = (float *)(totals + p.channels);
  tinyml_extent_pass pass = tinyml_start_extent(finish, p.summed, totals);
  for (int32_t row = 0; row < p.batch * p.in_h; row++) {
    for (int32_t ix = 0; ix < p.in_w; ix++) {
      tinyml_pixel_shares((const tinyml_avg_pool2d_gradient_f32_params *)params, gradient, row / p.in_h, row % p.in_h, ix,
                          pixel);
      const int32_t number = row * p.in_w + ix;
      for (tinyml_block at = tinyml_first_run(number, p.channels); at.channels > 0; at = tinyml_next_run(at, p.channels)) {
        tinyml_extend_pass(&pass, at, number, pixel + at.first);
      }
    }
  }
  tinyml_store_pass(&pass, extent, sums);
}
