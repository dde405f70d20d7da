#include "../generic/tinyml_pool_gradient.h"

/* Whether the windows tile the input: then every element belongs to one window, and nothing is left over. */
static bool tiles(const tinyml_max_pool2d_f32_params *p) {
  return p->dilation_h == 1 && p->dilation_w == 1 && p->pad_top == 0 && p->pad_left == 0 &&
         p->stride_h == p->kernel_h && p->stride_w == p->kernel_w && (int64_t)p->out_h * p->kernel_h == p->in_h &&
         (int64_t)p->out_w * p->kernel_w == p->in_w;
}

/* Writes or adds what a window gives to some channels of an element. A sum that starts from 0 never is -0. */
TINYML_INLINE void give(float *to, tinyml_vec v, bool alone, int32_t count) {
  tinyml_store_some(to, (alone ? tinyml_splat(0.0f) : tinyml_load_some(to, count)) + v, count);
}

/* Lanes of ones where elements of a tensor of codes or of floats are equal. */
TINYML_INLINE tinyml_ints equal(bool is_code, const void *x, ptrdiff_t x_at, const void *y, ptrdiff_t y_at,
                                int32_t count) {
  if (is_code) {
    const int8_t *a = x, *b = y;
    return (tinyml_ints)(tinyml_load_codes(a + x_at, count) == tinyml_load_codes(b + y_at, count));
  }
  const float *a = x, *b = y;
  return (tinyml_ints)(tinyml_load_some(a + x_at, count) == tinyml_load_some(b + y_at, count));
}

/* One window: `y` and `g` are its channels of the output, `x` and `dx` its first pixel. */
TINYML_INLINE void max_window(bool is_code, bool alone, int32_t channels, int32_t rows, int32_t columns,
                              ptrdiff_t row_step, ptrdiff_t column_step, const void *x, ptrdiff_t x_at, const void *y,
                              ptrdiff_t y_at, const float *g, float *dx) {
  TINYML_STREAM(channels, {
    const tinyml_ints gradient = (tinyml_ints)tinyml_load_some(g + at, count);
    tinyml_ints pending = (tinyml_ints){0} - 1;
    for (int32_t ky = 0; ky < rows; ky++) {
      for (int32_t kx = 0; kx < columns; kx++) {
        const ptrdiff_t tap = ky * row_step + kx * column_step + at;
        const tinyml_ints wins = equal(is_code, x, x_at + tap, y, y_at + at, count) & pending;
        pending &= ~wins;
        give(dx + tap, (tinyml_vec)(gradient & wins), alone, count);
      }
    }
  });
}

TINYML_INLINE void max_gradient(bool is_code, const tinyml_max_pool2d_f32_params *params, const void *x, const void *y,
                                const float *g, float *dx) {
  const tinyml_max_pool2d_f32_params p = *params;
  const bool alone = tiles(params);
  ptrdiff_t y_at = 0;
  if (!alone) memset(dx, 0, (size_t)p.batch * (size_t)p.in_h * (size_t)p.in_w * (size_t)p.channels * sizeof(float));
  for (int32_t row = 0; row < p.batch * p.out_h; row++) {
    for (int32_t ox = 0; ox < p.out_w; ox++, y_at += p.channels) {
      const tinyml_pool_window w = tinyml_pool_window_at(params, row / p.out_h, row % p.out_h, ox);
      if (alone && w.rows == 2 && w.columns == 2) {
        max_window(is_code, true, p.channels, 2, 2, w.row_step, w.column_step, x, w.first, y, y_at, g + y_at,
                   dx + w.first);
      } else if (w.rows > 0 && w.columns > 0) {
        max_window(is_code, alone, p.channels, w.rows, w.columns, w.row_step, w.column_step, x, w.first, y, y_at,
                   g + y_at, dx + w.first);
      }
    }
  }
}

static void run_max_pool2d_gradient_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  (void)scratch;
  max_gradient(true, params, o[0], o[1], o[2], o[3]);
}

static void run_max_pool2d_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  (void)scratch;
  max_gradient(false, params, o[0], o[1], o[2], o[3]);
}

static void run_avg_pool2d_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_avg_pool2d_gradient_f32_params p = *(const tinyml_avg_pool2d_gradient_f32_params *)params;
  const tinyml_max_pool2d_f32_params window = {p.batch,    p.in_h,     p.in_w,     p.channels, p.out_h, p.out_w,   p.kernel_h,
                                               p.kernel_w, p.stride_h, p.stride_w, 1,          1,       p.pad_top, p.pad_left};
  const bool alone = tiles(&window);
  const float *g = o[0];
  float *dx = o[1];
  (void)packed;
  (void)scratch;
  if (!alone) memset(dx, 0, (size_t)p.batch * (size_t)p.in_h * (size_t)p.in_w * (size_t)p.channels * sizeof(float));
  for (int32_t row = 0; row < p.batch * p.out_h; row++) {
    for (int32_t ox = 0; ox < p.out_w; ox++, g += p.channels) {
      const tinyml_pool_window w = tinyml_pool_window_at(&window, row / p.out_h, row % p.out_h, ox);
      const tinyml_vec taps = tinyml_splat((float)(p.count_include_pad == 1 ? p.kernel_h * p.kernel_w : w.rows * w.columns));
      TINYML_STREAM(p.channels, {
        const tinyml_vec share = tinyml_divide(tinyml_load_some(g + at, count), taps);
        float *to = dx + w.first + at;
        for (int32_t ky = 0; ky < w.rows; ky++) {
          for (int32_t kx = 0; kx < w.columns; kx++) give(to + ky * w.row_step + kx * w.column_step, share, alone, count);
        }
      });
    }
  }
}

const tinyml_functions TINYML_FUNCTIONS(max_pool2d_gradient_s8) = {NULL, NULL, NULL, NULL, run_max_pool2d_gradient_s8};
const tinyml_functions TINYML_FUNCTIONS(max_pool2d_gradient_f32) = {NULL, NULL, NULL, NULL, run_max_pool2d_gradient_f32};
const tinyml_functions TINYML_FUNCTIONS(avg_pool2d_gradient_f32) = {NULL, NULL, NULL, NULL, run_avg_pool2d_gradient_f32};
