/* tinyml_softmax_row.h with the vector instructions of ARMv8.1-M (MVE, Helium): four codes at a time, the largest of 16.
 * Included by generic/tinyml_softmax.h. */
#include <arm_mve.h>

/* Which of four codes are of the row and count. */
TINYML_SPECIALISED mve_pred16_t tinyml_softmax_seen(const tinyml_tabled_row *row, int32_t i, int32_t masked) {
  const mve_pred16_t present = vctp32q((uint32_t)(row->row_size - i));
  if (!masked) return present;
  const uint32x4_t lanes = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)row->mask_stride);
  const int32x4_t codes = vldrbq_gather_offset_z_s32(row->mask + i * row->mask_stride, lanes, present);
  return vcmpgeq_m_n_s32(codes, row->mask_least, present);
}

TINYML_SPECIALISED int32_t tinyml_softmax_max(const tinyml_tabled_row *row, const int8_t *x, int32_t masked) {
  const int32_t size = row->row_size;
  if (masked) {
    int32_t max = INT8_MIN;
    for (int32_t i = 0; i < size; i += 4) {
      const mve_pred16_t seen = tinyml_softmax_seen(row, i, 1);
      max = vmaxvq_p_s32(max, vldrbq_z_s32(x + i, seen), seen);
    }
    return max;
  }
  int8_t max = INT8_MIN;
  for (int32_t i = 0; i < size; i += 16) {
    const mve_pred16_t present = vctp8q((uint32_t)(size - i));
    max = vmaxvq_p_s8(max, vldrbq_z_s8(x + i, present), present);
  }
  return max;
}

TINYML_SPECIALISED int32x4_t tinyml_softmax_exponentials(const tinyml_tabled_row *row, const int8_t *x, int32_t max,
                                                         mve_pred16_t seen) {
  const int32x4_t below = vsubq_s32(vdupq_n_s32(max), vldrbq_z_s32(x, seen));
  return vldrwq_gather_shifted_offset_z_s32(row->exponentials, vreinterpretq_u32_s32(below), seen);
}

TINYML_SPECIALISED uint32_t tinyml_softmax_sum(const tinyml_tabled_row *row, const int8_t *x, int32_t max,
                                               int32_t masked) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < row->row_size; i += 4) {
    const mve_pred16_t seen = tinyml_softmax_seen(row, i, masked);
    const uint32x4_t exponentials = vreinterpretq_u32_s32(tinyml_softmax_exponentials(row, x + i, max, seen));
    sum = vaddvaq_u32(sum, vrshrq_n_u32(exponentials, 12));
  }
  return sum;
}

TINYML_SPECIALISED int32_t tinyml_softmax_scaled(const tinyml_tabled_row *row, int8_t *x, int32_t max, int32_t reciprocal,
                                                 int32_t right, int32_t masked) {
  const int32x4_t most = vdupq_n_s32(UINT8_MAX);
  int32_t total = 0;
  for (int32_t i = 0; i < row->row_size; i += 4) {
    const mve_pred16_t seen = tinyml_softmax_seen(row, i, masked);
    const int32x4_t high = vqrdmulhq_n_s32(tinyml_softmax_exponentials(row, x + i, max, seen), reciprocal);
    const int32x4_t value = vminq_s32(vrshlq_n_s32(high, -right), most);
    total = vaddvaq_s32(total, value);
    vstrbq_p_s32(x + i, vaddq_n_s32(value, INT8_MIN), vctp32q((uint32_t)(row->row_size - i)));
  }
  return total;
}
