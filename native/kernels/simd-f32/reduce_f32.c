/* Neighbours are reduced side by side; where there are none, single numbers by the portable body. */
#include "elementary.h"

#include "../generic/tinyml_reduce.h"

static int supports(const void *params) {
  return ((const tinyml_reduce_f32_params *)params)->inner > 1;
}

static void run(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_reduce_f32_params p = *(const tinyml_reduce_f32_params *)params;
  const float *input = o[0];
  float *output = o[1];
  (void)packed;
  (void)scratch;
  for (int32_t outer = 0; outer < p.outer; outer++, input += p.size * p.inner, output += p.inner) {
    for (int32_t k = 0; k < p.inner; k += TINYML_LANES) {
      const int32_t left = p.inner - k, count = left < TINYML_LANES ? left : TINYML_LANES;
      const tinyml_vec value = tinyml_reduce(p.operation, input + k, p.size, p.inner, count);
      if (count == TINYML_LANES) {
        tinyml_store(output + k, value);
      } else {
        tinyml_store_first(output + k, value, count);
      }
    }
  }
}

const tinyml_functions TINYML_FUNCTIONS(reduce_f32) = {supports, NULL, NULL, NULL, run};
