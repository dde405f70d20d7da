#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

void tinyml_activation_gradient_f32(const tinyml_activation_gradient_f32_params *params, const float *values,
                                    const float *bounds, float *gradient, float *extent, void *scratch) {
  tinyml_extent seen = tinyml_empty_extent();
  (void)scratch;
  for (int32_t i = 0; i < params->size; i++) {
    if (values[i] <= bounds[0] || values[i] >= bounds[1]) gradient[i] = 0.0f;
    seen = tinyml_extend(seen, gradient[i]);
  }
  tinyml_store_extent(seen, extent);
}
