#include "../tinyml_kernels.h"
#include "tinyml_extent_run.h"

void tinyml_activation_gradient_s8(const tinyml_activation_gradient_s8_params *params, const int8_t *values,
                                   const float *quantizer, const float *bounds, float *gradient, float *extent,
                                   void *scratch) {
  const int32_t low = (int32_t)tinyml_code_of(bounds[0], quantizer, -129.0f, 128.0f);
  const int32_t high = (int32_t)tinyml_code_of(bounds[1], quantizer, -129.0f, 128.0f);
  const int32_t size = params->size;
  (void)scratch;
  for (int32_t i = 0; i < size; i++) {
    if (values[i] <= low || values[i] >= high) gradient[i] = 0.0f;
  }
  tinyml_store_extent(tinyml_extend_run(tinyml_empty_extent(), gradient, size), extent);
}
