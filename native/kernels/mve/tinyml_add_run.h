/* The same with the vector instructions of ARMv8.1-M (MVE, Helium). Included by generic/tinyml_add_run.h. */
#include <arm_mve.h>

#include "../tinyml_kernels.h"

/* What requantises four numbers that have been shifted to the left. */
typedef struct {
  int32_t multiplier, right; /* right: 0, or minus the shift to the right */
  int32x4_t ties;            /* the shift that makes -1 of a negative number and 0 of others, or 0 of all */
} four_scales;

/* Shifted by as many bits as it has, a number is 0. */
static inline four_scales four_scales_of(int32_t multiplier, int32_t shift) {
  return (four_scales){multiplier, shift < 0 ? shift : 0, vdupq_n_s32(shift < 0 ? -31 : 32)};
}

/* tinyml_requantize of fixed_point.h: a negative number that will be shifted right loses one, so that ties go down. */
static inline int32x4_t requantize(int32x4_t x, four_scales by) {
  const int32x4_t high = vqrdmulhq_n_s32(x, by.multiplier);
  return vrshlq_n_s32(vaddq_s32(high, vshlq_s32(high, by.ties)), by.right);
}

static inline int32_t at_least_0(int32_t shift) { return shift > 0 ? shift : 0; }

/* Of both inputs and of their sum: zero points, shifts to the left, and what requantises. */
typedef struct {
  int32_t offset1, offset2, offset;
  int32_t left1, left2, left;
  four_scales by1, by2, by;
  int32x4_t min, max; /* without the zero point */
} addition;

static inline __attribute__((always_inline)) int32x4_t add_four(const addition *a, int32x4_t x1, int32x4_t x2) {
  const int32x4_t y1 = requantize(vshlq_r_s32(vaddq_n_s32(x1, a->offset1), a->left1), a->by1);
  const int32x4_t y2 = requantize(vshlq_r_s32(vaddq_n_s32(x2, a->offset2), a->left2), a->by2);
  const int32x4_t sum = requantize(vshlq_r_s32(vaddq_s32(y1, y2), a->left), a->by);
  return vaddq_n_s32(vminq_s32(vmaxq_s32(sum, a->min), a->max), a->offset);
}

static inline void tinyml_add_run(const tinyml_add_s8_params *params, int32_t size, const int8_t *input1,
                                  const int8_t *input2, int8_t *output) {
  const tinyml_add_s8_params p = *params;
  const addition add = {
      .offset1 = p.input1_offset,
      .offset2 = p.input2_offset,
      .offset = p.output_offset,
      .left1 = p.left_shift + at_least_0(p.input1_shift),
      .left2 = p.left_shift + at_least_0(p.input2_shift),
      .left = at_least_0(p.output_shift),
      .by1 = four_scales_of(p.input1_multiplier, p.input1_shift),
      .by2 = four_scales_of(p.input2_multiplier, p.input2_shift),
      .by = four_scales_of(p.output_multiplier, p.output_shift),
      .min = vdupq_n_s32(p.act_min - p.output_offset),
      .max = vdupq_n_s32(p.act_max - p.output_offset),
  };
  for (int32_t rest = size / 4; rest > 0; rest--, input1 += 4, input2 += 4, output += 4) {
    vstrbq_s32(output, add_four(&add, vldrbq_s32(input1), vldrbq_s32(input2)));
  }
  if (size % 4 == 0) return;
  const mve_pred16_t present = vctp32q((uint32_t)size % 4);
  vstrbq_p_s32(output, add_four(&add, vldrbq_z_s32(input1, present), vldrbq_z_s32(input2, present)), present);
}
