/* The same with the vector instructions of ARMv8.1-M (MVE, Helium). Included by generic/tinyml_mul_run.h. */
#include <arm_mve.h>

#include "../tinyml_kernels.h"

/* tinyml_requantize of fixed_point.h. ties: the shift that makes -1 of a negative number that will be shifted to the right, and 0 of all others. */
static inline int32x4_t requantized(const tinyml_mul_s8_params *p, int32x4_t x, int32x4_t ties) {
  const int32_t shift = p->output_shift, left = shift > 0 ? shift : 0;
  const int32x4_t high = vqrdmulhq_n_s32(vshlq_r_s32(x, left), p->output_multiplier);
  return vqaddq_n_s32(vrshlq_n_s32(vaddq_s32(high, vshlq_s32(high, ties)), shift - left), p->output_offset);
}

/* Products of eight channels, even and odd ones apart; those that are not `present` are neither read nor written. */
static inline void multiply_eight(const tinyml_mul_s8_params *p, int32x4_t ties, mve_pred16_t present, const int8_t *input1,
                                  const int8_t *input2, int8_t *output) {
  const int16x8_t x1 = vaddq_n_s16(vldrbq_z_s16(input1, present), (int16_t)p->input1_offset);
  const int16x8_t x2 = vaddq_n_s16(vldrbq_z_s16(input2, present), (int16_t)p->input2_offset);
  const int16x8_t even = vqmovnbq_s32(vdupq_n_s16(0), requantized(p, vmullbq_int_s16(x1, x2), ties));
  const int16x8_t value = vqmovntq_s32(even, requantized(p, vmulltq_int_s16(x1, x2), ties));
  const int16x8_t least = vmaxq_s16(value, vdupq_n_s16((int16_t)p->act_min));
  vstrbq_p_s16(output, vminq_s16(least, vdupq_n_s16((int16_t)p->act_max)), present);
}

/* Positions that share a row of the second input, or all that have one of their own, are one run of elements. */
static inline void tinyml_mul_run(const tinyml_mul_s8_params *params, int32_t first, int32_t end, const int8_t *input1,
                                  const int8_t *input2, int8_t *output) {
  const tinyml_mul_s8_params p = *params;
  const int32x4_t ties = vdupq_n_s32(p.output_shift < 0 ? -31 : 32);
  const int32_t own = p.repeat == 1, run = own ? (end - first) * p.channels : p.channels;
  input1 += first * p.channels;
  input2 += first / p.repeat * p.channels;
  output += first * p.channels;
  for (int32_t position = own ? end - 1 : first, used = first % p.repeat; position < end; position++) {
    for (int32_t at = 0; at < run; at += 8) {
      multiply_eight(&p, ties, vctp16q((uint32_t)(run - at)), input1 + at, input2 + at, output + at);
    }
    input1 += run;
    output += run;
    if (++used == p.repeat) {
      input2 += run;
      used = 0;
    }
  }
}
