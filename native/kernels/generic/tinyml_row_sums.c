#include "tinyml_row_sums.h"

#if defined(__ARM_FEATURE_MVE)
#include "../mve/tinyml_row_sums.c"
#elif defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#include "../armv7em/tinyml_row_sums.c"
#else

void tinyml_row_sums(const int8_t *x, int32_t count, const int8_t *w, int32_t distance, int32_t rows, int32_t *sums) {
  for (int32_t row = 0; row < rows; row++, w += distance) {
    uint32_t sum = (uint32_t)sums[row];
    for (int32_t k = 0; k < count; k++) sum += (uint32_t)(x[k] * w[k]);
    sums[row] = (int32_t)sum;
  }
}
#endif
