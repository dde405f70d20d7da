/* tinyml_normalize_quick with the vector instructions of ARMv8.1-M (MVE, Helium). Included by generic/tinyml_normalize_run.h. */
#include <arm_mve.h>

static void tinyml_normalize_quick(const tinyml_normalizer *by, int32_t count, const int8_t *x, int8_t *y,
                                   const int32_t *gamma, const int32_t *beta) {
  const int32x4_t scale = vdupq_n_s32(by->scale), reciprocal = vdupq_n_s32(by->reciprocal);
  const int32x4_t min = vdupq_n_s32(INT8_MIN), max = vdupq_n_s32(INT8_MAX);
  const int32_t offset = by->offset, multiplier = by->multiplier, shift = by->shift, zero_point = by->zero_point;
  for (; count > 0; count -= 4, x += 4, y += 4, gamma += 4, beta += 4) {
    const mve_pred16_t present = vctp32q((uint32_t)count);
    const int32x4_t difference = vmlasq_n_s32(vldrbq_z_s32(x, present), scale, offset);
    const int32x4_t normalized = vshlq_n_s32(vrmulhq_s32(difference, reciprocal), 2);
    const int32x4_t sum = vaddq_s32(vrmulhq_s32(normalized, vldrwq_z_s32(gamma, present)), vldrwq_z_s32(beta, present));
    const int32x4_t high = vqrdmulhq_n_s32(sum, multiplier);
    const int32x4_t value = vrshlq_n_s32(vaddq_s32(high, vshrq_n_s32(high, 31)), shift);
    vstrbq_p_s32(y, vminq_s32(vmaxq_s32(vaddq_n_s32(value, zero_point), min), max), present);
  }
}
