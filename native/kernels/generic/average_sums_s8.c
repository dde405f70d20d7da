#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

void tinyml_average_sums_s8(const tinyml_average_sums_s8_params *params, const int32_t *sums, int8_t *output,
                            void *scratch) {
  const int32_t count = params->count, half = count / 2, min = params->act_min, max = params->act_max;
  (void)scratch;
  for (int32_t left = params->channels; left > 0; left--) {
    /* Half of the count added to what is left: a sum alone might overflow. */
    const int32_t sum = *sums++, mean = sum / count, rest = sum % count;
    const int32_t rounded = sum > 0 ? mean + (rest + half >= count) : mean - (half - rest >= count);
    *output++ = (int8_t)tinyml_clamp(rounded, min, max);
  }
}
