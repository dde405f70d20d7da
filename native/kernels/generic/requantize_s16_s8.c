#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

void tinyml_requantize_s16_s8(const tinyml_requantize_s16_s8_params *params, const int16_t *input, int8_t *output,
                              void *scratch) {
  const tinyml_requantize_s16_s8_params p = *params;
  (void)scratch;
  for (int32_t i = 0; i < p.size; i++) {
    output[i] = tinyml_output_s8(tinyml_requantize(input[i], p.multiplier, p.shift), p.output_offset, INT8_MIN, INT8_MAX);
  }
}
