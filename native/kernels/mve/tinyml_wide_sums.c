/* tinyml_wide_sums.h with the vector instructions of ARMv8.1-M (MVE, Helium): eight products at once, summed in 64 bits.
 * Included by generic/tinyml_wide_sums.c. */
#include <arm_mve.h>

#include "../generic/tinyml_wide_sums.h"

static void four_rows(const int16_t *x, int32_t count, const int8_t *w, int32_t distance, int64_t *sums) {
  int64_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
  const int8_t *w1 = w + distance, *w2 = w1 + distance, *w3 = w2 + distance;
  for (int32_t rest = count; rest > 0; rest -= 8, x += 8, w += 8, w1 += 8, w2 += 8, w3 += 8) {
    const mve_pred16_t inside = vctp16q((uint32_t)rest);
    const int16x8_t numbers = vldrhq_z_s16(x, inside);
    s0 = vmlaldavaq_s16(s0, numbers, vldrbq_z_s16(w, inside));
    s1 = vmlaldavaq_s16(s1, numbers, vldrbq_z_s16(w1, inside));
    s2 = vmlaldavaq_s16(s2, numbers, vldrbq_z_s16(w2, inside));
    s3 = vmlaldavaq_s16(s3, numbers, vldrbq_z_s16(w3, inside));
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

static int64_t one_row(const int16_t *x, int32_t count, const int8_t *w, int64_t sum) {
  for (int32_t rest = count; rest > 0; rest -= 8, x += 8, w += 8) {
    const mve_pred16_t inside = vctp16q((uint32_t)rest);
    sum = vmlaldavaq_s16(sum, vldrhq_z_s16(x, inside), vldrbq_z_s16(w, inside));
  }
  return sum;
}

void tinyml_wide_sums(const int16_t *x, int32_t count, const int8_t *w, int32_t distance, int32_t rows, int64_t *sums) {
  if (rows == TINYML_WIDE_ROWS) {
    four_rows(x, count, w, distance, sums);
    return;
  }
  for (int32_t row = 0; row < rows; row++) sums[row] = one_row(x, count, w + row * distance, sums[row]);
}
