/* tinyml_quad.h with the vector instructions of ARMv8.1-M (MVE, Helium). Included by generic/tinyml_quad.c. */
#include <arm_mve.h>

#include "../generic/tinyml_quad.h"

#define TINYML_QUAD_HAS_ROWS

/* tinyml_requantize and tinyml_output_s8 of fixed_point.h, for the channels `lane` after `channel`. */
static inline void store(const tinyml_quad *quad, int32_t channel, uint32x4_t lane, mve_pred16_t present,
                         int32x4_t sums, int8_t *output) {
  const int32_t zero_point = quad->output_offset;
  const int32_t first = quad->per_channel * channel;
  const uint32x4_t of = vmulq_n_u32(lane, (uint32_t)quad->per_channel);
  const int32x4_t multiplier = vldrwq_gather_shifted_offset_z_s32(quad->multiplier + first, of, present);
  const int32x4_t shift = vldrwq_gather_shifted_offset_z_s32(quad->shift + first, of, present);
  const int32x4_t right = vminq_s32(shift, vdupq_n_s32(0));
  const int32x4_t high = vqrdmulhq_s32(vshlq_s32(sums, vmaxq_s32(shift, vdupq_n_s32(0))), multiplier);
  /* Ties go up; a negative number that will be shifted loses one first, so that its ties go down. */
  const int32x4_t ties = vshrq_n_s32(vandq_s32(high, right), 31);
  const int32x4_t value = vrshlq_s32(vaddq_s32(high, ties), right);
  const int32x4_t clamped =
      vminq_s32(vmaxq_s32(value, vdupq_n_s32(quad->act_min - zero_point)), vdupq_n_s32(quad->act_max - zero_point));
  vstrbq_scatter_offset_p_s32(output, lane, vaddq_n_s32(clamped, zero_point), present);
}

/* sum + the sum of (values + offset) * weights */
static inline int32_t add_products(int32_t sum, int8x16_t values, int8x16_t offset, int8x16_t weights) {
  return vmladavaq_s8(vmladavaq_s8(sum, values, weights), offset, weights);
}

/* An offset goes up to 128, which is no int8. With one above 0 the sums are therefore those of -(x + offset), which is
 * ~x + (1 - offset), and negated at the end. Only the last vector of a tap needs a predicate. */
void tinyml_quad_dot(const tinyml_quad *quad, int32_t first, int32_t end, const int8_t *x, const int8_t *w,
                     int8_t *output) {
  const int32_t columns = quad->columns, count = quad->count;
  const int32_t x_next = quad->x_column, x_wrap = quad->x_row - columns * quad->x_column;
  const int32_t w_next = quad->w_column, w_wrap = quad->w_row - columns * quad->w_column;
  const int32_t negative = quad->input_offset > 0 ? -1 : 0;
  const int8x16_t flip = vdupq_n_s8((int8_t)negative);
  const int8x16_t offset = vdupq_n_s8((int8_t)(negative ? 1 - quad->input_offset : quad->input_offset));
  for (int32_t channel = first, lanes; channel < end; channel += lanes, output += lanes) {
    lanes = tinyml_quad_lanes(channel, end);
    const int32_t w_channel = lanes == 4 ? quad->w_channel : 0;
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    const int8_t *from = x, *with = w + channel * quad->w_channel;
    for (int32_t tap = quad->taps, left = columns; tap > 0; tap--) {
      const int8_t *xs = from, *w0 = with, *w1 = w0 + w_channel, *w2 = w1 + w_channel, *w3 = w2 + w_channel;
      for (int32_t rest = count / 16; rest > 0; rest--, xs += 16, w0 += 16, w1 += 16, w2 += 16, w3 += 16) {
        const int8x16_t values = veorq_s8(vldrbq_s8(xs), flip);
        s0 = add_products(s0, values, offset, vldrbq_s8(w0));
        s1 = add_products(s1, values, offset, vldrbq_s8(w1));
        s2 = add_products(s2, values, offset, vldrbq_s8(w2));
        s3 = add_products(s3, values, offset, vldrbq_s8(w3));
      }
      if (count % 16 != 0) {
        const mve_pred16_t inside = vctp8q((uint32_t)count % 16);
        const int8x16_t values = veorq_s8(vldrbq_z_s8(xs, inside), flip);
        s0 = add_products(s0, values, offset, vldrbq_z_s8(w0, inside));
        s1 = add_products(s1, values, offset, vldrbq_z_s8(w1, inside));
        s2 = add_products(s2, values, offset, vldrbq_z_s8(w2, inside));
        s3 = add_products(s3, values, offset, vldrbq_z_s8(w3, inside));
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
    const int32x4_t sums = {s0, s1, s2, s3}, sign = vdupq_n_s32(negative);
    const int32x4_t biases = quad->one_bias ? vdupq_n_s32(*quad->bias) : vldrwq_z_s32(quad->bias + channel, present);
    const int32x4_t bias = vsubq_s32(biases, sign);
    store(quad, channel, vidupq_n_u32(0, 1), present, vaddq_s32(bias, veorq_s32(sums, sign)), output);
  }
}

/* Sums of eight channels: those of the even ones and those of the odd ones. */
typedef struct {
  int32x4_t even, odd;
} sums8;

/* Adds the products of a window. All eight channels are present if `whole`; else those of `present`. */
static inline sums8 add_window(const tinyml_quad *quad, sums8 sums, const int8_t *x, const int8_t *w, int32_t whole,
                               mve_pred16_t present) {
  const int16_t offset = (int16_t)quad->input_offset;
  const int32_t columns = quad->columns, x_column = quad->x_column, w_column = quad->w_column;
  const int32_t x_wrap = quad->x_row - columns * x_column, w_wrap = quad->w_row - columns * w_column;
  for (int32_t tap = quad->taps; tap > 0; tap -= columns, x += x_wrap, w += w_wrap) {
    for (int32_t left = columns; left > 0; left--, x += x_column, w += w_column) {
      const int16x8_t values = vaddq_n_s16(whole ? vldrbq_s16(x) : vldrbq_z_s16(x, present), offset);
      const int16x8_t weights = whole ? vldrbq_s16(w) : vldrbq_z_s16(w, present);
      sums.even = vaddq_s32(sums.even, vmullbq_int_s16(values, weights));
      sums.odd = vaddq_s32(sums.odd, vmulltq_int_s16(values, weights));
    }
  }
  return sums;
}

void tinyml_quad_multiply(const tinyml_quad *quad, int32_t first, int32_t end, const int8_t *x, const int8_t *w,
                          int8_t *output) {
  const uint32x4_t even = vidupq_n_u32(0, 2), odd = vaddq_n_u32(even, 1);
  for (int32_t channel = first; channel < end; channel += 8, output += 8, x += 8) {
    const uint32_t rest = (uint32_t)(end - channel);
    const mve_pred16_t evens = vctp32q((rest + 1) / 2), odds = vctp32q(rest / 2);
    const int32_t *bias = quad->bias + channel;
    const sums8 none = {
        vldrwq_gather_shifted_offset_z_s32(bias, even, evens),
        vldrwq_gather_shifted_offset_z_s32(bias, odd, odds),
    };
    const sums8 sums = rest >= 8 ? add_window(quad, none, x, w + channel, 1, 0)
                                 : add_window(quad, none, x, w + channel, 0, vctp16q(rest));
    store(quad, channel, even, evens, sums.even, output);
    store(quad, channel, odd, odds, sums.odd, output);
  }
}

/* sums[0], [1], [4], [5]: of products of two rows and two channels, without offsets. */
static inline void two_by_two(const int8_t *x0, const int8_t *x1, const int8_t *w0, const int8_t *w1, int32_t count,
                              int32_t *sums) {
  int32_t s00 = 0, s01 = 0, s10 = 0, s11 = 0;
#if defined(__GNUC__)
  /* A loop whose last turn takes the bytes that are left, which compilers do not make of what stands below. */
  __asm volatile(
      "dlstp.8 lr, %[count]\n"
      "1:\n"
      "vldrb.8 q0, [%[x0]], #16\n"
      "vldrb.8 q2, [%[w0]], #16\n"
      "vmladava.s8 %[s00], q0, q2\n"
      "vldrb.8 q1, [%[x1]], #16\n"
      "vmladava.s8 %[s10], q1, q2\n"
      "vldrb.8 q3, [%[w1]], #16\n"
      "vmladava.s8 %[s01], q0, q3\n"
      "vmladava.s8 %[s11], q1, q3\n"
      "letp lr, 1b\n"
      : [s00] "+Te"(s00), [s01] "+Te"(s01), [s10] "+Te"(s10), [s11] "+Te"(s11), [x0] "+r"(x0), [x1] "+r"(x1),
        [w0] "+r"(w0), [w1] "+r"(w1)
      : [count] "r"(count)
      : "lr", "q0", "q1", "q2", "q3", "memory");
#else
  for (; count > 0; count -= 16, x0 += 16, x1 += 16, w0 += 16, w1 += 16) {
    const mve_pred16_t inside = vctp8q((uint32_t)count);
    const int8x16_t a0 = vldrbq_z_s8(x0, inside), a1 = vldrbq_z_s8(x1, inside);
    const int8x16_t b0 = vldrbq_z_s8(w0, inside), b1 = vldrbq_z_s8(w1, inside);
    s00 = vmladavaq_s8(s00, a0, b0), s01 = vmladavaq_s8(s01, a0, b1);
    s10 = vmladavaq_s8(s10, a1, b0), s11 = vmladavaq_s8(s11, a1, b1);
  }
#endif
  sums[0] = s00, sums[1] = s01, sums[4] = s10, sums[5] = s11;
}

/* The sums of the weights of four channels. */
static inline int32x4_t weights_of(const int8_t *w, int32_t w_channel, int32_t count) {
  const int8_t *w1 = w + w_channel, *w2 = w1 + w_channel, *w3 = w2 + w_channel;
  int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#if defined(__GNUC__)
  __asm volatile(
      "dlstp.8 lr, %[count]\n"
      "1:\n"
      "vldrb.8 q0, [%[w]], #16\n"
      "vldrb.8 q1, [%[w1]], #16\n"
      "vaddva.s8 %[s0], q0\n"
      "vldrb.8 q2, [%[w2]], #16\n"
      "vaddva.s8 %[s1], q1\n"
      "vldrb.8 q3, [%[w3]], #16\n"
      "vaddva.s8 %[s2], q2\n"
      "vaddva.s8 %[s3], q3\n"
      "letp lr, 1b\n"
      : [s0] "+Te"(s0), [s1] "+Te"(s1), [s2] "+Te"(s2), [s3] "+Te"(s3), [w] "+r"(w), [w1] "+r"(w1), [w2] "+r"(w2),
        [w3] "+r"(w3)
      : [count] "r"(count)
      : "lr", "q0", "q1", "q2", "q3", "memory");
#else
  for (; count > 0; count -= 16, w += 16, w1 += 16, w2 += 16, w3 += 16) {
    const mve_pred16_t inside = vctp8q((uint32_t)count);
    s0 = vaddvaq_s8(s0, vldrbq_z_s8(w, inside)), s1 = vaddvaq_s8(s1, vldrbq_z_s8(w1, inside));
    s2 = vaddvaq_s8(s2, vldrbq_z_s8(w2, inside)), s3 = vaddvaq_s8(s3, vldrbq_z_s8(w3, inside));
  }
#endif
  return (int32x4_t){s0, s1, s2, s3};
}

/* What the outputs of four channels share, where all are shifted to the right. */
typedef struct {
  int32x4_t start, multiplier, shift, min, max;
  int32_t zero_point;
} four_channels;

static inline void store_four(const four_channels *of, const int32_t *sums, int32_t bias, int8_t *output) {
  const int32x4_t sum = vaddq_n_s32(vaddq_s32(vldrwq_s32(sums), of->start), bias);
  const int32x4_t high = vqrdmulhq_s32(sum, of->multiplier);
  const int32x4_t value = vrshlq_s32(vaddq_s32(high, vshrq_n_s32(high, 31)), of->shift);
  vstrbq_s32(output, vminq_s32(vmaxq_s32(vaddq_n_s32(value, of->zero_point), of->min), of->max));
}

/* Four channels of pairs of rows. The sum of (x + offset) * w is that of x * w, plus offset times the sum of weights. */
static __attribute__((noinline)) void four_of_rows(const tinyml_quad *quad, int32_t channel, int32x4_t shift, int32_t rows, const int8_t *x,
                         int32_t x_row, const int8_t *w, int8_t *output, int32_t output_row) {
  const int32_t count = quad->count, distance = quad->w_channel, per_row = quad->one_bias;
  const int32_t none[2] = {0, 0}, *bias = per_row ? quad->bias : none;
  const int32x4_t weights = vmulq_n_s32(weights_of(w, distance, count), quad->input_offset);
  int32_t sums[8];
  const four_channels of = {
      .start = per_row ? weights : vaddq_s32(weights, vldrwq_s32(quad->bias + channel)),
      .multiplier = quad->per_channel ? vldrwq_s32(quad->multiplier + channel) : vdupq_n_s32(*quad->multiplier),
      .shift = shift,
      .min = vdupq_n_s32(quad->act_min),
      .max = vdupq_n_s32(quad->act_max),
      .zero_point = quad->output_offset,
  };
  for (; rows > 0; rows -= 2, x += 2 * x_row, output += 2 * output_row, bias += 2 * per_row) {
    two_by_two(x, x + x_row, w, w + distance, count, sums);
    two_by_two(x, x + x_row, w + 2 * distance, w + 3 * distance, count, sums + 2);
    store_four(&of, sums, bias[0], output);
    store_four(&of, sums + 4, bias[1], output + output_row);
  }
}

/* Quads of channels of pairs of rows, except where numbers are shifted to the left; the others as tinyml_quad_dot. */
void tinyml_quad_rows(const tinyml_quad *quad, int32_t rows, int32_t channels, const int8_t *x, int32_t x_row,
                      const int8_t *w, int8_t *output, int32_t output_row, void *room) {
  const int32_t paired = rows & ~1;
  tinyml_quad one = *quad;
  (void)room;
  for (int32_t channel = 0, end; channel < channels; channel = end) {
    const int32_t left = channels - channel;
    int32_t done = 0;
    end = paired == 0 ? channels : left < 4 ? channels : channel + 4;
    if (left >= 4 && paired > 0) {
      const int32x4_t shift = quad->per_channel ? vldrwq_s32(quad->shift + channel) : vdupq_n_s32(*quad->shift);
      if (vmaxvq_s32(INT32_MIN, shift) < 0) {
        four_of_rows(quad, channel, shift, paired, x, x_row, w + channel * quad->w_channel, output + channel,
                     output_row);
        done = paired;
      }
    }
    for (int32_t row = done; row < rows; row++) {
      one.bias = quad->bias + row * quad->one_bias;
      tinyml_quad_dot(&one, channel, end, x + row * x_row, w, output + row * output_row + channel);
    }
  }
}
