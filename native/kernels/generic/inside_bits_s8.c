#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

void tinyml_inside_bits_s8(const tinyml_inside_bits_s8_params *params, const int8_t *values, const float *quantizer,
                           const float *bounds, int8_t *bits, void *scratch) {
  const int32_t low = (int32_t)tinyml_code_of(bounds[0], quantizer, -129.0f, 128.0f);
  const int32_t high = (int32_t)tinyml_code_of(bounds[1], quantizer, -129.0f, 128.0f);
  const int32_t channels = params->channels;
  (void)scratch;
  for (int32_t row = 0; row < params->rows; row++) {
    for (int32_t c = 0; c < channels; c += 8) {
      const int32_t end = channels - c < 8 ? channels - c : 8;
      uint32_t byte = 0;
      for (int32_t i = 0; i < end; i++, values++) byte |= (uint32_t)(*values > low && *values < high) << i;
      *bits++ = (int8_t)(uint8_t)byte;
    }
  }
}
