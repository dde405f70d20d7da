/* tinyml_row_sums.h with the vector instructions of ARMv8.1-M (MVE, Helium). Included by generic/tinyml_row_sums.c. */
#include <arm_mve.h>

#include "../generic/tinyml_row_sums.h"

void tinyml_row_sums(const int8_t *x, int32_t count, const int8_t *w, int32_t distance, int32_t rows, int32_t *sums) {
  for (int32_t row = 0; row < rows; row++, w += distance) {
    int32_t sum = sums[row];
    const int8_t *from = x, *with = w;
    for (int32_t rest = count; rest > 0; rest -= 16, from += 16, with += 16) {
      const mve_pred16_t inside = vctp8q((uint32_t)rest);
      sum = vmladavaq_s8(sum, vldrbq_z_s8(from, inside), vldrbq_z_s8(with, inside));
    }
    sums[row] = sum;
  }
}
