#include "../tinyml_kernels.h"
#include "tinyml_gather.h"

void tinyml_gather_s8(const tinyml_gather_s8_params *params, const int8_t *input, const int32_t *indices,
                      int8_t *output, void *scratch) {
  const tinyml_gather_s8_params p = *params;
  (void)scratch;
  tinyml_gather_rows((const char *)input, indices, (char *)output, p.outer, p.size, p.count, (size_t)p.inner);
}
