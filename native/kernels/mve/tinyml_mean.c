/* tinyml_mean.h with the vector instructions of ARMv8.1-M (MVE, Helium): eight channels in a vector, summed as int16.
 * Included by generic/tinyml_mean.c. */
#include <arm_mve.h>

#include "../generic/tinyml_mean.h"

/* As many int8 as an int16 holds the sum of. */
enum { MOST = 255 };

/* Sums of eight channels: those of the even ones and those of the odd ones. */
typedef struct {
  int32x4_t even, odd;
} sums8;

/* All eight channels are present if `whole`; else those of `present`. */
static inline sums8 sums_of(const tinyml_mean *mean, const int8_t *from, int32_t whole, mve_pred16_t present) {
  const int32_t rows = mean->rows, columns = mean->columns, next_column = mean->next_column;
  const int32_t wrap = mean->next_row - columns * next_column, first = mean->input_offset * rows * columns;
  sums8 sums = {vdupq_n_s32(first), vdupq_n_s32(first)};
  for (int32_t row = rows; row > 0; row--, from += wrap) {
    for (int32_t column = columns; column > 0; column -= MOST) {
      int16x8_t some = vdupq_n_s16(0);
      for (int32_t left = column < MOST ? column : MOST; left > 0; left--, from += next_column) {
        some = vaddq_s16(some, whole ? vldrbq_s16(from) : vldrbq_z_s16(from, present));
      }
      sums.even = vaddq_s32(sums.even, vmovlbq_s16(some));
      sums.odd = vaddq_s32(sums.odd, vmovltq_s16(some));
    }
  }
  return sums;
}

/* tinyml_requantize and tinyml_output_s8 of fixed_point.h. */
static inline void store(const tinyml_mean *mean, uint32x4_t lane, mve_pred16_t present, int32x4_t sums,
                         int8_t *output) {
  const int32_t zero_point = mean->output_offset, shift = mean->shift;
  const int32x4_t right = vdupq_n_s32(shift < 0 ? shift : 0);
  const int32x4_t high = vqrdmulhq_n_s32(vshlq_r_s32(sums, shift > 0 ? shift : 0), mean->multiplier);
  /* Ties go up; a negative number that will be shifted loses one first, so that its ties go down. */
  const int32x4_t ties = vshrq_n_s32(vandq_s32(high, right), 31);
  const int32x4_t value = vrshlq_s32(vaddq_s32(high, ties), right);
  const int32x4_t clamped =
      vminq_s32(vmaxq_s32(value, vdupq_n_s32(mean->act_min - zero_point)), vdupq_n_s32(mean->act_max - zero_point));
  vstrbq_scatter_offset_p_s32(output, lane, vaddq_n_s32(clamped, zero_point), present);
}

void tinyml_mean_of(const tinyml_mean *mean, const int8_t *from, int8_t *output) {
  const uint32x4_t even = vidupq_n_u32(0, 2), odd = vaddq_n_u32(even, 1);
  for (int32_t channel = 0; channel < mean->channels; channel += 8, from += 8, output += 8) {
    const uint32_t rest = (uint32_t)(mean->channels - channel);
    const mve_pred16_t evens = vctp32q((rest + 1) / 2), odds = vctp32q(rest / 2);
    const sums8 sums = rest >= 8 ? sums_of(mean, from, 1, 0) : sums_of(mean, from, 0, vctp16q(rest));
    store(mean, even, evens, sums.even, output);
    store(mean, odd, odds, sums.odd, output);
  }
}
