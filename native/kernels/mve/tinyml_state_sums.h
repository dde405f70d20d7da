/* tinyml_state_sums.h with the vector instructions of ARMv8.1-M (MVE, Helium): four sums a turn. Included by
 * generic/tinyml_state_sums.h. */
#include <arm_mve.h>

static inline void tinyml_add_tokens(int32_t *row, const uint32_t *pairs, int32_t keys, int32_t first, int32_t second) {
  for (; keys > 0; keys -= 4, row += 4, pairs += 4) {
    const mve_pred16_t present = vctp32q((uint32_t)keys);
    const uint32x4_t both = vldrwq_z_u32(pairs, present);
    const int32x4_t low = vreinterpretq_s32_u32(vandq_u32(both, vdupq_n_u32(0xffff)));
    const int32x4_t high = vreinterpretq_s32_u32(vshrq_n_u32(both, 16));
    vstrwq_p_s32(row, vmlaq_n_s32(vmlaq_n_s32(vldrwq_z_s32(row, present), low, first), high, second), present);
  }
}

static inline int64_t tinyml_state_times(const int32_t *row, const int32_t *line, int32_t keys) {
  int64_t sum = 0;
  for (; keys > 0; keys -= 4, row += 4, line += 4) {
    const mve_pred16_t present = vctp32q((uint32_t)keys);
    sum = vmlaldavaq_s32(sum, vldrwq_z_s32(row, present), vldrwq_z_s32(line, present));
  }
  return sum;
}
