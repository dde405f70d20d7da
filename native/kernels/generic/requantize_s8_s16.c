#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

void tinyml_requantize_s8_s16(const tinyml_requantize_s8_s16_params *params, const int8_t *input, int16_t *output,
                              void *scratch) {
  const tinyml_requantize_s8_s16_params p = *params;
  (void)scratch;
  for (int32_t i = 0; i < p.size; i++) {
    const int32_t value = tinyml_requantize(input[i] + p.input_offset, p.multiplier, p.shift);
    output[i] = tinyml_output_s16(value, INT16_MIN, INT16_MAX);
  }
}
