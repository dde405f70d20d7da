#include <string.h>

#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

void tinyml_gather_s8(const tinyml_gather_s8_params *params, const int8_t *input, const int32_t *indices,
                      int8_t *output, void *scratch) {
  const tinyml_gather_s8_params p = *params;
  (void)scratch;
  for (int32_t o = 0; o < p.outer; o++, input += p.size * p.inner) {
    for (int32_t i = 0; i < p.count; i++, output += p.inner) {
      const int32_t index = indices[i];
      const int32_t row = tinyml_clamp(index < 0 ? index + p.size : index, 0, p.size - 1);
      memcpy(output, input + row * p.inner, (size_t)p.inner);
    }
  }
}
