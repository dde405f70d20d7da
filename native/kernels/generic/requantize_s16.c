#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

void tinyml_requantize_s16(const tinyml_requantize_s16_params *params, const int16_t *input, int16_t *output,
                           void *scratch) {
  const tinyml_requantize_s16_params p = *params;
  (void)scratch;
  for (int32_t i = 0; i < p.size; i++) {
    output[i] = tinyml_output_s16(tinyml_requantize(input[i], p.multiplier, p.shift), p.act_min, p.act_max);
  }
}
