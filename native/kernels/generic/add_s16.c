#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

void tinyml_add_s16(const tinyml_add_s16_params *params, const int16_t *input1, const int16_t *input2, int16_t *output,
                    void *scratch) {
  const tinyml_add_s16_params p = *params;
  const int32_t unit = (int32_t)1 << p.left_shift;
  (void)scratch;
  for (int32_t i = 0; i < p.size; i++) {
    const int32_t a = tinyml_requantize(input1[i] * unit, p.input1_multiplier, p.input1_shift);
    const int32_t b = tinyml_requantize(input2[i] * unit, p.input2_multiplier, p.input2_shift);
    const int32_t sum = (int32_t)((uint32_t)a + (uint32_t)b);
    output[i] = tinyml_output_s16(tinyml_requantize(sum, p.output_multiplier, p.output_shift), p.act_min, p.act_max);
  }
}
