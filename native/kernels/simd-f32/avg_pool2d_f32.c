#include "pool.h"

TINYML_INLINE tinyml_vec begin(void) {
  return tinyml_splat(0.0f);
}

TINYML_INLINE tinyml_vec take(tinyml_vec pooled, tinyml_vec tap) {
  return tinyml_add(pooled, tap);
}

TINYML_INLINE tinyml_vec end(tinyml_vec pooled, float count) {
  return tinyml_divide(pooled, tinyml_splat(count));
}

static void run(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_avg_pool2d_f32_params *p = params;
  const tinyml_max_pool2d_f32_params windows = {p->batch,    p->in_h,     p->in_w,     p->channels, p->out_h,
                                                p->out_w,    p->kernel_h, p->kernel_w, p->stride_h, p->stride_w,
                                                1,           1,           p->pad_top,  p->pad_left};
  (void)packed;
  (void)scratch;
  pool(&windows, p->count_include_pad ? p->kernel_h * p->kernel_w : 0, o[0], o[1]);
}

const tinyml_functions TINYML_FUNCTIONS(avg_pool2d_f32) = {NULL, NULL, NULL, NULL, run};
