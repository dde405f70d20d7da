/* tinyml_quad.h with the vector instructions of ARMv8.1-M (MVE, Helium). Included by generic/tinyml_quad.c. */
#include <arm_mve.h>

#include "../generic/tinyml_quad.h"

/* tinyml_requantise and tinyml_output_s8 of fixed_point.h, for four channels. */
static inline void store(const tinyml_quad *quad, int32_t channel, mve_pred16_t present, int32x4_t sums,
                         int8_t *output) {
  const int32_t zero_point = quad->output_offset;
  const int32_t first = quad->per_channel * channel;
  const uint32x4_t lane = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)quad->per_channel);
  const int32x4_t multiplier = vldrwq_gather_shifted_offset_z_s32(quad->multiplier + first, lane, present);
  const int32x4_t shift = vldrwq_gather_shifted_offset_z_s32(quad->shift + first, lane, present);
  const int32x4_t right = vminq_s32(shift, vdupq_n_s32(0));
  const int32x4_t high = vqrdmulhq_s32(vshlq_s32(sums, vmaxq_s32(shift, vdupq_n_s32(0))), multiplier);
  /* Ties go up; a negative number that will be shifted loses one first, so that its ties go down. */
  const int32x4_t ties = vshrq_n_s32(vandq_s32(high, right), 31);
  const int32x4_t value = vrshlq_s32(vaddq_s32(high, ties), right);
  const int32x4_t clamped =
      vminq_s32(vmaxq_s32(value, vdupq_n_s32(quad->act_min - zero_point)), vdupq_n_s32(quad->act_max - zero_point));
  vstrbq_p_s32(output, vaddq_n_s32(clamped, zero_point), present);
}

/* The sum of (x + offset) * w is that of x * w and of offset * w. An offset of up to 128 is the sum of two int8. */
void tinyml_quad_dot(const tinyml_quad *quad, int32_t first, int32_t end, const int8_t *x, const int8_t *w,
                     int8_t *output) {
  const int32_t columns = quad->columns, count = quad->count, half = quad->input_offset / 2;
  const int32_t x_next = quad->x_column, x_wrap = quad->x_row - columns * quad->x_column;
  const int32_t w_next = quad->w_column, w_wrap = quad->w_row - columns * quad->w_column;
  const int8x16_t offset1 = vdupq_n_s8((int8_t)half), offset2 = vdupq_n_s8((int8_t)(quad->input_offset - half));
  for (int32_t channel = first, lanes; channel < end; channel += lanes, output += lanes) {
    lanes = tinyml_quad_lanes(channel, end);
    const int32_t w_channel = lanes == 4 ? quad->w_channel : 0;
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    const int8_t *from = x, *with = w + channel * quad->w_channel;
    for (int32_t tap = quad->taps, left = columns; tap > 0; tap--) {
      const int8_t *xs = from, *ws = with;
      for (int32_t rest = count; rest > 0; rest -= 16, xs += 16, ws += 16) {
        const mve_pred16_t inside = vctp8q((uint32_t)rest);
        const int8x16_t values = vldrbq_z_s8(xs, inside);
        const int8_t *w_at = ws;
        int8x16_t weights = vldrbq_z_s8(w_at, inside);
        s0 = vmladavaq_s8(vmladavaq_s8(vmladavaq_s8(s0, values, weights), offset1, weights), offset2, weights);
        weights = vldrbq_z_s8(w_at += w_channel, inside);
        s1 = vmladavaq_s8(vmladavaq_s8(vmladavaq_s8(s1, values, weights), offset1, weights), offset2, weights);
        weights = vldrbq_z_s8(w_at += w_channel, inside);
        s2 = vmladavaq_s8(vmladavaq_s8(vmladavaq_s8(s2, values, weights), offset1, weights), offset2, weights);
        weights = vldrbq_z_s8(w_at += w_channel, inside);
        s3 = vmladavaq_s8(vmladavaq_s8(vmladavaq_s8(s3, values, weights), offset1, weights), offset2, weights);
      }
      from += x_next;
      with += w_next;
      if (--left == 0) {
        left = columns;
        from += x_wrap;
        with += w_wrap;
      }
    }
    const mve_pred16_t present = vctp32q((uint32_t)lanes);
    const int32x4_t sums = {s0, s1, s2, s3};
    store(quad, channel, present, vaddq_s32(sums, vldrwq_z_s32(quad->bias + channel, present)), output);
  }
}

void tinyml_quad_multiply(const tinyml_quad *quad, int32_t first, int32_t end, const int8_t *x, const int8_t *w,
                          int8_t *output) {
  const int32_t offset = quad->input_offset;
  const int32_t columns = quad->columns, x_column = quad->x_column, w_column = quad->w_column;
  const int32_t x_wrap = quad->x_row - columns * x_column, w_wrap = quad->w_row - columns * w_column;
  for (int32_t channel = first; channel < end; channel += 4, output += 4, x += 4) {
    const mve_pred16_t present = vctp32q((uint32_t)(end - channel));
    const int8_t *from = x, *with = w + channel;
    int32x4_t sums = vldrwq_z_s32(quad->bias + channel, present);
    for (int32_t tap = quad->taps, left = columns; tap > 0; tap--) {
      const int32x4_t values = vaddq_n_s32(vldrbq_z_s32(from, present), offset);
      sums = vaddq_s32(sums, vmulq_s32(values, vldrbq_z_s32(with, present)));
      from += x_column;
      with += w_column;
      if (--left == 0) {
        left = columns;
        from += x_wrap;
        with += w_wrap;
      }
    }
    store(quad, channel, present, sums, output);
  }
}
