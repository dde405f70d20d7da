#include "elementary.h"

#include "../generic/tinyml_unary_slope.h"

#define CASE(code, name)                                                                                       \
  case code:                                                                                                   \
    for (; i <= size - TINYML_LANES; i += TINYML_LANES) {                                                      \
      tinyml_store(g + i, tinyml_load(g + i) * tinyml_slope_##name(tinyml_load(x + i), a, b));                 \
    }                                                                                                          \
    if (i < size) {                                                                                            \
      const tinyml_vec slope = tinyml_slope_##name(tinyml_load_first(x + i, size - i), a, b);                  \
      tinyml_store_first(g + i, tinyml_load_first(g + i, size - i) * slope, size - i);                         \
    }                                                                                                          \
    break;

static void run(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_unary_gradient_f32_params *p = params;
  const float *x = o[0], *parameters = o[1];
  const tinyml_vec a = tinyml_splat(parameters[0]), b = tinyml_splat(parameters[1]);
  const int32_t size = p->size;
  float *g = o[2];
  int32_t i = 0;
  (void)packed;
  (void)scratch;
  switch (p->function) { TINYML_UNARY(CASE) }
}

const tinyml_functions TINYML_FUNCTIONS(unary_gradient_f32) = {NULL, NULL, NULL, NULL, run};
