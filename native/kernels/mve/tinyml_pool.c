/* tinyml_pool.h with the vector instructions of ARMv8.1-M (MVE, Helium). Included by generic/tinyml_pool.c. */
#include "../generic/tinyml_pool.h"
#include "tinyml_window_sums.h"

enum { SIXTEEN = 16, EIGHT = 8 };

void tinyml_pool_max(const tinyml_pool *pool, const int8_t *from, int8_t *output) {
  const int32_t columns = pool->columns, next_column = pool->next_column;
  const int32_t wrap = pool->next_row - columns * next_column;
  const int8x16_t min = vdupq_n_s8((int8_t)pool->act_min), max = vdupq_n_s8((int8_t)pool->act_max);
  for (int32_t left = pool->channels; left > 0; left -= SIXTEEN, from += SIXTEEN, output += SIXTEEN) {
    const mve_pred16_t present = vctp8q((uint32_t)left);
    const int8_t *at = from;
    int8x16_t best = min;
    for (int32_t row = pool->rows; row > 0; row--, at += wrap) {
      for (int32_t column = columns; column > 0; column--, at += next_column) {
        best = vmaxq_s8(best, vldrbq_z_s8(at, present));
      }
    }
    vstrbq_p_s8(output, vminq_s8(best, max), present);
  }
}

/* sum / count, halves away from zero. inverse: 2^31 / count, rounded up; with it a quotient is right or one too large. */
static inline int32x4_t mean_of(int32x4_t sum, int32_t count, uint32_t inverse) {
  const int32x4_t sign = vshrq_n_s32(sum, 31);
  const int32x4_t dividend = vaddq_n_s32(vabsq_s32(sum), count / 2);
  const uint32x4_t doubled = vreinterpretq_u32_s32(vaddq_s32(dividend, dividend));
  const int32x4_t quotient = vreinterpretq_s32_u32(vmulhq_u32(doubled, vdupq_n_u32(inverse)));
  const int32x4_t remainder = vsubq_s32(dividend, vmulq_n_s32(quotient, count));
  const int32x4_t mean = vaddq_s32(quotient, vshrq_n_s32(remainder, 31));
  return vsubq_s32(veorq_s32(mean, sign), sign);
}

void tinyml_pool_mean(const tinyml_pool *pool, int32_t first, int32_t count, const int8_t *from, int8_t *output) {
  const tinyml_window window = {pool->rows, pool->columns, pool->next_column, pool->next_row};
  const uint32_t inverse = ((UINT32_C(1) << 31) + (uint32_t)count - 1u) / (uint32_t)count;
  for (int32_t left = pool->channels; left > 0; left -= EIGHT, from += EIGHT, output += EIGHT) {
    const mve_pred16_t present = vctp16q((uint32_t)left);
    const tinyml_eight sums = tinyml_window_sums(window, first, from, present);
    const tinyml_eight means = {mean_of(sums.even, count, inverse), mean_of(sums.odd, count, inverse)};
    tinyml_store_eight(means, pool->act_min, pool->act_max, present, output);
  }
}
