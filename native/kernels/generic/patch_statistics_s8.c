#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"
#include "tinyml_patch_sums.h"

void tinyml_patch_statistics_s8(const tinyml_patch_statistics_s8_params *params, const int8_t *input,
                                const int8_t *reference, const int32_t *multiplier, const int32_t *shift,
                                int8_t *statistics, void *scratch) {
  const tinyml_patch_statistics_s8_params p = *params;
  const tinyml_patches patches = {
      .rows = p.patch,
      .run = p.patch * p.channels,
      .next_row = p.width * p.channels,
      .zero_point = -p.input_offset,
      .threshold = p.threshold,
      .sums_only = multiplier[1] == 0 && multiplier[3] == 0,
  };
  (void)scratch;
  for (int32_t top = 0; top < p.height; top += p.patch) {
    for (int32_t left = 0; left < patches.next_row; left += patches.run, statistics += 4) {
      const int32_t at = top * patches.next_row + left;
      tinyml_patch_sums sums;
      tinyml_patch_sums_of(&patches, input + at, reference + at, &sums);
      const uint32_t all[4] = {sums.sum, sums.most, sums.values, sums.above};
      for (int32_t k = 0; k < 4; k++) {
        /* Most are 0 where nothing moves. */
        const int32_t value = all[k] == 0 ? 0 : tinyml_requantize((int32_t)all[k], multiplier[k], shift[k]);
        statistics[k] = tinyml_output_s8(value, INT8_MIN, INT8_MIN, INT8_MAX);
      }
    }
  }
}
