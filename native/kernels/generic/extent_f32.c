#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

void tinyml_extent_f32(const tinyml_extent_f32_params *params, const float *input, float *extent, void *scratch) {
  tinyml_extent seen = tinyml_empty_extent();
  (void)scratch;
  for (int32_t i = 0; i < params->size; i++) seen = tinyml_extend(seen, input[i]);
  tinyml_store_extent(seen, extent);
}
