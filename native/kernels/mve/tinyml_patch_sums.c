/* tinyml_patch_sums.h with the vector instructions of ARMv8.1-M (MVE, Helium). Included by generic/tinyml_patch_sums.c. */
#include <arm_mve.h>

#include "../generic/tinyml_patch_sums.h"

/* Sums so far; `most` by lane. */
typedef struct {
  uint8x16_t most;
  uint32_t sum, values, above;
} sums;

static inline sums add_vector(sums to, int8x16_t x, int8x16_t reference, int8x16_t zero_point, uint8x16_t threshold) {
  /* The distance of two int8 is an uint8. */
  const uint8x16_t distances = vreinterpretq_u8_s8(vabdq_s8(x, reference));
  to.sum = vaddvaq_u8(to.sum, distances);
  to.most = vmaxq_u8(to.most, distances);
  to.values = vaddvaq_u8(to.values, vreinterpretq_u8_s8(vabdq_s8(x, zero_point)));
  to.above = vaddvaq_u8(to.above, vminq_u8(vqsubq_u8(distances, threshold), vdupq_n_u8(1)));
  return to;
}

/* What is missing at the end of a row is read as 0, in both; its magnitudes are taken off again. */
void tinyml_patch_sums_of(const tinyml_patches *patches, const int8_t *x, const int8_t *reference,
                          tinyml_patch_sums *result) {
  const int32_t vectors = patches->run / 16, rest = patches->run % 16, wrap = patches->next_row - 16 * vectors;
  const int32_t zero_point = patches->zero_point, missing = rest == 0 ? 0 : patches->rows * (16 - rest);
  const int8x16_t zero_points = vdupq_n_s8((int8_t)zero_point);
  const uint8x16_t threshold = vdupq_n_u8((uint8_t)patches->threshold);
  const mve_pred16_t present = vctp8q((uint32_t)rest);
  sums all = {vdupq_n_u8(0), 0, 0, 0};
  for (int32_t row = patches->rows; row > 0; row--, x += wrap, reference += wrap) {
    for (int32_t left = vectors; left > 0; left--, x += 16, reference += 16) {
      all = add_vector(all, vldrbq_s8(x), vldrbq_s8(reference), zero_points, threshold);
    }
    if (rest == 0) continue;
    all = add_vector(all, vldrbq_z_s8(x, present), vldrbq_z_s8(reference, present), zero_points, threshold);
  }
  const uint32_t magnitude = (uint32_t)(zero_point < 0 ? -zero_point : zero_point);
  *result = (tinyml_patch_sums){all.sum, vmaxvq_u8(0, all.most), all.values - (uint32_t)missing * magnitude, all.above};
}
