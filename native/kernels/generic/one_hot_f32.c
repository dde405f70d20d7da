#include "../tinyml_kernels.h"

void tinyml_one_hot_f32(const tinyml_one_hot_f32_params *params, const int32_t *places, const float *choices,
                        float *output, void *scratch) {
  const tinyml_one_hot_f32_params p = *params;
  (void)scratch;
  for (int32_t o = 0; o < p.outer; o++, places += p.inner) {
    for (int32_t d = 0; d < p.depth; d++) {
      for (int32_t k = 0; k < p.inner; k++) {
        const int32_t place = places[k] < 0 ? places[k] + p.depth : places[k];
        *output++ = choices[place == d];
      }
    }
  }
}
