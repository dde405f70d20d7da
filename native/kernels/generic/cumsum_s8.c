#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

void tinyml_cumsum_s8(const tinyml_cumsum_s8_params *params, const int8_t *input, int8_t *output, void *scratch) {
  const tinyml_cumsum_s8_params p = *params;
  const int32_t step = p.reverse == 1 ? -p.inner : p.inner;
  (void)scratch;
  for (int32_t o = 0; o < p.outer; o++) {
    for (int32_t k = 0; k < p.inner; k++) {
      int32_t at = (o * p.size + (p.reverse == 1 ? p.size - 1 : 0)) * p.inner + k;
      uint32_t sum = 0;
      for (int32_t i = 0; i < p.size; i++, at += step) {
        const uint32_t next = sum + (uint32_t)(input[at] + p.input_offset);
        const int32_t value =
            tinyml_requantize((int32_t)(p.exclusive == 1 ? sum : next), p.multiplier, p.shift);
        sum = next;
        output[at] = tinyml_output_s8(value, p.output_offset, p.act_min, p.act_max);
      }
    }
  }
}
