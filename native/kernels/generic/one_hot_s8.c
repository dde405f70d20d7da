#include <string.h>

#include "../tinyml_kernels.h"

void tinyml_one_hot_s8(const tinyml_one_hot_s8_params *params, const int32_t *places, int8_t *output, void *scratch) {
  const tinyml_one_hot_s8_params p = *params;
  (void)scratch;
  for (int32_t o = 0; o < p.outer; o++, places += p.inner, output += p.depth * p.inner) {
    memset(output, p.off, (size_t)(p.depth * p.inner));
    for (int32_t k = 0; k < p.inner; k++) {
      const int32_t place = places[k] < 0 ? places[k] + p.depth : places[k];
      if (place >= 0 && place < p.depth) output[place * p.inner + k] = (int8_t)p.on;
    }
  }
}
