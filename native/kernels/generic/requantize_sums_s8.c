#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

void tinyml_requantize_sums_s8(const tinyml_requantize_sums_s8_params *params, const int32_t *sums, int8_t *output,
                               void *scratch) {
  const tinyml_requantize_sums_s8_params p = *params;
  (void)scratch;
  for (int32_t left = p.channels; left > 0; left--) {
    const int32_t value = tinyml_requantize((int32_t)((uint32_t)*sums++ + (uint32_t)p.sum_offset), p.multiplier, p.shift);
    *output++ = tinyml_output_s8(value, p.output_offset, p.act_min, p.act_max);
  }
}
