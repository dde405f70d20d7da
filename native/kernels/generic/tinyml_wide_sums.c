#include "tinyml_wide_sums.h"

#if defined(__ARM_FEATURE_MVE)
#include "../mve/tinyml_wide_sums.c"
#elif defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#include "../armv7em/tinyml_wide_sums.c"
#else
#include "tinyml_fixed_point.h"

void tinyml_wide_sums(const int16_t *x, int32_t count, const int8_t *w, int32_t distance, int32_t rows, int64_t *sums) {
  for (int32_t row = 0; row < rows; row++, w += distance) sums[row] += tinyml_dot_s16(x, w, count);
}
#endif
