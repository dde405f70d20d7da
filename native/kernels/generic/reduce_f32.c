#include "../tinyml_kernels.h"
#include "tinyml_reduce.h"

void tinyml_reduce_f32(const tinyml_reduce_f32_params *params, const float *input, float *output, void *scratch) {
  const tinyml_reduce_f32_params p = *params;
  (void)scratch;
  for (int32_t o = 0; o < p.outer; o++, input += p.size * p.inner) {
    for (int32_t k = 0; k < p.inner; k++) *output++ = tinyml_reduce(p.operation, input + k, p.size, p.inner, 1);
  }
}
