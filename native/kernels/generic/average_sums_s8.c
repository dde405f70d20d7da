#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

void tinyml_average_sums_s8(const tinyml_average_sums_s8_params *params, const int32_t *sums, int8_t *output,
                            void *scratch) {
  const int32_t count = params->count, half = count / 2, min = params->act_min, max = params->act_max;
  (void)scratch;
  for (int32_t left = params->channels; left > 0; left--) {
    const int32_t sum = *sums++;
    *output++ = (int8_t)tinyml_clamp((sum > 0 ? sum + half : sum - half) / count, min, max);
  }
}
