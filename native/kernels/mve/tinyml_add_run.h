/* The same with the vector instructions of ARMv8.1-M (MVE, Helium). Included by generic/tinyml_add_run.h. */
#include <arm_mve.h>

#include "../tinyml_kernels.h"

/* tinyml_requantize of fixed_point.h: a negative number that will be shifted right loses one, so that ties go down. */
static inline int32x4_t requantize(int32x4_t x, int32_t multiplier, int32_t shift) {
  const int32x4_t right = vdupq_n_s32(shift < 0 ? shift : 0);
  const int32x4_t high = vqrdmulhq_n_s32(vshlq_r_s32(x, shift > 0 ? shift : 0), multiplier);
  const int32x4_t ties = vshrq_n_s32(vandq_s32(high, right), 31);
  return vrshlq_s32(vaddq_s32(high, ties), right);
}

static inline void tinyml_add_run(const tinyml_add_s8_params *params, int32_t size, const int8_t *input1,
                                  const int8_t *input2, int8_t *output) {
  const tinyml_add_s8_params p = *params;
  const int32x4_t min = vdupq_n_s32(p.act_min - p.output_offset), max = vdupq_n_s32(p.act_max - p.output_offset);
  for (int32_t i = 0; i < size; i += 4) {
    const mve_pred16_t present = vctp32q((uint32_t)(size - i));
    const int32x4_t x1 = vaddq_n_s32(vldrbq_z_s32(input1 + i, present), p.input1_offset);
    const int32x4_t x2 = vaddq_n_s32(vldrbq_z_s32(input2 + i, present), p.input2_offset);
    const int32x4_t a = requantize(vshlq_r_s32(x1, p.left_shift), p.input1_multiplier, p.input1_shift);
    const int32x4_t b = requantize(vshlq_r_s32(x2, p.left_shift), p.input2_multiplier, p.input2_shift);
    const int32x4_t sum = requantize(vaddq_s32(a, b), p.output_multiplier, p.output_shift);
    const int32x4_t clamped = vminq_s32(vmaxq_s32(sum, min), max);
    vstrbq_p_s32(output + i, vaddq_n_s32(clamped, p.output_offset), present);
  }
}
