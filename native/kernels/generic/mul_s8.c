#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

void tinyml_mul_s8(const tinyml_mul_s8_params *params, const int8_t *input1, const int8_t *input2, int8_t *output,
                   void *scratch) {
  const tinyml_mul_s8_params p = *params;
  (void)scratch;
  for (int32_t position = 0, used = 0; position < p.outer; position++) {
    for (int32_t c = 0; c < p.channels; c++) {
      const int32_t product = (*input1++ + p.input1_offset) * (input2[c] + p.input2_offset);
      const int32_t value = tinyml_requantize(product, p.output_multiplier, p.output_shift);
      *output++ = tinyml_output_s8(value, p.output_offset, p.act_min, p.act_max);
    }
    if (++used == p.repeat) {
      input2 += p.channels;
      used = 0;
    }
  }
}
