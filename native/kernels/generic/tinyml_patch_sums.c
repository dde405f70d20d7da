#include "tinyml_patch_sums.h"

#if defined(__ARM_FEATURE_MVE)
#include "../mve/tinyml_patch_sums.c"
#elif defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#include "../armv7em/tinyml_patch_sums.c"
#else

void tinyml_patch_sums_of(const tinyml_patches *patches, const int8_t *x, const int8_t *reference,
                          tinyml_patch_sums *result) {
  const tinyml_patches p = *patches;
  tinyml_patch_sums sums = {0, 0, 0, 0};
  for (int32_t row = 0; row < p.rows; row++, x += p.next_row, reference += p.next_row) {
    for (int32_t i = 0; i < p.run; i++) {
      const int32_t d = x[i] - reference[i], value = x[i] - p.zero_point;
      const uint32_t distance = (uint32_t)(d < 0 ? -d : d);
      sums.sum += distance;
      sums.most = distance > sums.most ? distance : sums.most;
      sums.values += (uint32_t)(value < 0 ? -value : value);
      sums.above += distance > (uint32_t)p.threshold;
    }
  }
  *result = sums;
}

#endif
