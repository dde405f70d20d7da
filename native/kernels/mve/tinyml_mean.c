/* tinyml_mean.h with the vector instructions of ARMv8.1-M (MVE, Helium). Included by generic/tinyml_mean.c. */
#include "../generic/tinyml_mean.h"
#include "tinyml_window_sums.h"

enum { EIGHT = 8 };

/* tinyml_requantize of fixed_point.h and the zero point, clamped to int16. */
static inline int32x4_t codes_of(const tinyml_mean *mean, int32x4_t sums) {
  const int32_t shift = mean->shift;
  const int32x4_t right = vdupq_n_s32(shift < 0 ? shift : 0);
  const int32x4_t high = vqrdmulhq_n_s32(vshlq_r_s32(sums, shift > 0 ? shift : 0), mean->multiplier);
  /* Ties go up; a negative number that will be shifted loses one first, so that its ties go down. */
  const int32x4_t ties = vshrq_n_s32(vandq_s32(high, right), 31);
  return vqaddq_n_s32(vrshlq_s32(vaddq_s32(high, ties), right), mean->output_offset);
}

void tinyml_mean_of(const tinyml_mean *mean, const int8_t *from, int8_t *output) {
  const tinyml_window window = {mean->rows, mean->columns, mean->next_column, mean->next_row};
  const int32_t first = mean->input_offset * mean->rows * mean->columns;
  for (int32_t left = mean->channels; left > 0; left -= EIGHT, from += EIGHT, output += EIGHT) {
    const mve_pred16_t present = vctp16q((uint32_t)left);
    const tinyml_eight sums = tinyml_window_sums(window, first, from, present);
    const tinyml_eight codes = {codes_of(mean, sums.even), codes_of(mean, sums.odd)};
    tinyml_store_eight(codes, mean->act_min, mean->act_max, present, output);
  }
}
