#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

void tinyml_mul_s16(const tinyml_mul_s16_params *params, const int16_t *input1, const int16_t *input2, int16_t *output,
                    void *scratch) {
  const tinyml_mul_s16_params p = *params;
  (void)scratch;
  for (int32_t position = 0, used = 0; position < p.outer; position++) {
    for (int32_t c = 0; c < p.channels; c++) {
      const int32_t product = *input1++ * input2[c];
      const int32_t value = tinyml_requantize(product, p.output_multiplier, p.output_shift);
      *output++ = tinyml_output_s16(value, p.act_min, p.act_max);
    }
    if (++used == p.repeat) {
      input2 += p.channels;
      used = 0;
    }
  }
}
