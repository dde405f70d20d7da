#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

void tinyml_add_codes_f32(const tinyml_add_codes_f32_params *params, const int8_t *a, const float *quantizer_a,
                          const int8_t *b, const float *quantizer_b, float *output, float *extent, void *scratch) {
  const int32_t zero_a = tinyml_zero_point(quantizer_a), zero_b = tinyml_zero_point(quantizer_b);
  const float scale_a = quantizer_a[TINYML_SCALE], scale_b = quantizer_b[TINYML_SCALE];
  tinyml_extent seen = tinyml_empty_extent();
  (void)scratch;
  for (int32_t i = 0; i < params->size; i++) {
    output[i] = tinyml_real_of(a[i], zero_a, scale_a) + tinyml_real_of(b[i], zero_b, scale_b);
    seen = tinyml_extend(seen, output[i]);
  }
  tinyml_store_extent(seen, extent);
}
