#include "../tinyml_kernels.h"
#include "tinyml_gather.h"

void tinyml_gather_f32(const tinyml_gather_f32_params *params, const float *input, const int32_t *indices,
                       float *output, void *scratch) {
  const tinyml_gather_f32_params p = *params;
  (void)scratch;
  tinyml_gather_rows((const char *)input, indices, (char *)output, p.outer, p.size, p.count,
                     (size_t)p.inner * sizeof(float));
}
