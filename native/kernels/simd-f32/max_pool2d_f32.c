#include <math.h>

#include "pool.h"

TINYML_INLINE tinyml_vec begin(void) {
  return tinyml_splat(-INFINITY);
}

TINYML_INLINE tinyml_vec take(tinyml_vec pooled, tinyml_vec tap) {
  return tinyml_greater(tap, pooled);
}

TINYML_INLINE tinyml_vec end(tinyml_vec pooled, float count) {
  (void)count;
  return pooled;
}

static void run(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  (void)scratch;
  pool(params, 0, o[0], o[1]);
}

const tinyml_functions TINYML_FUNCTIONS(max_pool2d_f32) = {NULL, NULL, NULL, NULL, run};
