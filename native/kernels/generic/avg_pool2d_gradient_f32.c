#include "tinyml_pool_gradient.h"

void tinyml_avg_pool2d_gradient_f32(const tinyml_avg_pool2d_gradient_f32_params *params, const float *gradient,
                                    float *input_gradient, void *scratch) {
  const tinyml_avg_pool2d_gradient_f32_params p = *params;
  const tinyml_max_pool2d_f32_params window = {p.batch,    p.in_h,     p.in_w,     p.channels, p.out_h, p.out_w,   p.kernel_h,
                                               p.kernel_w, p.stride_h, p.stride_w, 1,          1,       p.pad_top, p.pad_left};
  (void)scratch;
  tinyml_clear(input_gradient, (ptrdiff_t)p.batch * p.in_h * p.in_w * p.channels);
  for (int32_t row = 0; row < p.batch * p.out_h; row++) {
    for (int32_t ox = 0; ox < p.out_w; ox++) {
      const tinyml_pool_window w = tinyml_pool_window_at(&window, row / p.out_h, row % p.out_h, ox);
      const float count = (float)(p.count_include_pad == 1 ? p.kernel_h * p.kernel_w : w.rows * w.columns);
      for (int32_t c = 0; c < p.channels; c++) {
        const float share = *gradient++ / count;
        float *to = input_gradient + w.first + c;
        for (int32_t ky = 0; ky < w.rows; ky++) {
          for (int32_t kx = 0; kx < w.columns; kx++) to[ky * w.row_step + kx * w.column_step] += share;
        }
      }
    }
  }
}
