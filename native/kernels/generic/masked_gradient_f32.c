#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

void tinyml_masked_gradient_f32(const tinyml_masked_gradient_f32_params *params, const int8_t *bits, float *gradient,
                                float *extent, void *scratch) {
  const int32_t channels = params->channels;
  tinyml_extent seen = tinyml_empty_extent();
  (void)scratch;
  for (int32_t row = 0; row < params->rows; row++) {
    for (int32_t c = 0; c < channels; c += 8) {
      const int32_t end = channels - c < 8 ? channels - c : 8;
      const uint32_t byte = (uint8_t)*bits++;
      for (int32_t i = 0; i < end; i++, gradient++) {
        if ((byte >> i & 1u) == 0u) *gradient = 0.0f;
        seen = tinyml_extend(seen, *gradient);
      }
    }
  }
  tinyml_store_extent(seen, extent);
}
