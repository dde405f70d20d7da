#include "../tinyml_kernels.h"
#include "tinyml_extent_run.h"

void tinyml_extent_f32(const tinyml_extent_f32_params *params, const float *input, float *extent, void *scratch) {
  (void)scratch;
  tinyml_store_extent(tinyml_extend_run(tinyml_empty_extent(), input, params->size), extent);
}
