#include "tinyml_pool_gradient.h"

/* Index of the first element of the window that equals the maximum, or -1. */
static ptrdiff_t winner(tinyml_pool_window w, const int8_t *input, int8_t maximum) {
  for (int32_t ky = 0; ky < w.rows; ky++) {
    for (int32_t kx = 0; kx < w.columns; kx++) {
      const ptrdiff_t at = ky * w.row_step + kx * w.column_step;
      if (input[at] == maximum) return at;
    }
  }
  return -1;
}

void tinyml_max_pool2d_gradient_s8(const tinyml_max_pool2d_gradient_s8_params *params, const int8_t *input,
                                   const int8_t *output, const float *gradient, float *input_gradient, void *scratch) {
  const tinyml_max_pool2d_gradient_s8_params p = *params;
  (void)scratch;
  tinyml_clear(input_gradient, (ptrdiff_t)p.batch * p.in_h * p.in_w * p.channels);
  for (int32_t row = 0; row < p.batch * p.out_h; row++) {
    for (int32_t ox = 0; ox < p.out_w; ox++) {
      const tinyml_pool_window w = tinyml_pool_window_at(&p, row / p.out_h, row % p.out_h, ox);
      for (int32_t c = 0; c < p.channels; c++, output++, gradient++) {
        const ptrdiff_t at = winner(w, input + w.first + c, *output);
        if (at >= 0) input_gradient[w.first + c + at] += *gradient;
      }
    }
  }
}
