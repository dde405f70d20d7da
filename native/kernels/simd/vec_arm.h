/* What the Arm instruction sets share: vectors of 8 sums in two registers, and their way from sums to outputs. */
#ifndef TINYML_SIMD_VEC_ARM_H
#define TINYML_SIMD_VEC_ARM_H

#include <arm_neon.h>

/* Words that one load brings for a pixel. */
enum { TINYML_LANES = 8, TINYML_CHUNK = 4 };

#include "channel.h"

#define TINYML_MAX_PIXELS {0, 4, 2}

typedef struct {
  int32x4_t v[2];
} tinyml_vec;

typedef struct {
  int8x16_t v[2];
} tinyml_bytes;

/* Constants of 8 channels. */
typedef struct {
  _Alignas(64) int32_t bias[TINYML_LANES];
  int32_t multiplier[TINYML_LANES];
  int32_t left[TINYML_LANES];  /* general form only */
  int32_t right[TINYML_LANES]; /* minus the right shift */
} tinyml_requantization;

/* The quick form leaves left shifts out. */
static inline bool tinyml_quick(const tinyml_channel channels[TINYML_LANES]) {
  bool quick = true;
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) quick = quick && channels[lane].shift <= 0;
  return quick;
}

static inline void tinyml_pack_requantization(tinyml_requantization *to, const tinyml_channel channels[TINYML_LANES],
                                              bool quick) {
  (void)quick;
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) {
    const int32_t shift = channels[lane].shift;
    to->bias[lane] = channels[lane].bias;
    to->multiplier[lane] = channels[lane].multiplier;
    to->left[lane] = shift > 0 ? shift : 0;
    to->right[lane] = shift < 0 ? shift : 0;
  }
}

/* SQRDMULH is the rounding doubling high multiply, for a multiplier that is not -2^31. SRSHL rounds ties up: a negative
 * number that is shifted is decremented first. */
TINYML_INLINE int32x4_t tinyml_requantize_half(int32x4_t sum, const tinyml_requantization *q, const int32_t half,
                                               const bool quick) {
  const int32x4_t right = vld1q_s32(q->right + 4 * half);
  const int32x4_t x = quick ? sum : vshlq_s32(sum, vld1q_s32(q->left + 4 * half));
  const int32x4_t high = vqrdmulhq_s32(x, vld1q_s32(q->multiplier + 4 * half));
  const int32x4_t decrement = vshrq_n_s32(vandq_s32(high, right), 31);
  return vrshlq_s32(vaddq_s32(high, decrement), right);
}

TINYML_INLINE tinyml_vec tinyml_requantize_vec(tinyml_vec sum, const tinyml_requantization *q, const bool quick) {
  return (tinyml_vec){{tinyml_requantize_half(sum.v[0], q, 0, quick), tinyml_requantize_half(sum.v[1], q, 1, quick)}};
}

TINYML_INLINE tinyml_vec tinyml_load_bias(const tinyml_requantization *q) {
  return (tinyml_vec){{vld1q_s32(q->bias), vld1q_s32(q->bias + 4)}};
}

TINYML_INLINE tinyml_vec tinyml_set(int32_t value) {
  return (tinyml_vec){{vdupq_n_s32(value), vdupq_n_s32(value)}};
}

TINYML_INLINE tinyml_vec tinyml_zero(void) {
  return tinyml_set(0);
}

TINYML_INLINE tinyml_vec tinyml_add(tinyml_vec a, tinyml_vec b) {
  return (tinyml_vec){{vaddq_s32(a.v[0], b.v[0]), vaddq_s32(a.v[1], b.v[1])}};
}

TINYML_INLINE tinyml_vec tinyml_subtract(tinyml_vec a, tinyml_vec b) {
  return (tinyml_vec){{vsubq_s32(a.v[0], b.v[0]), vsubq_s32(a.v[1], b.v[1])}};
}

TINYML_INLINE tinyml_vec tinyml_xor(tinyml_vec a, tinyml_vec b) {
  return (tinyml_vec){{veorq_s32(a.v[0], b.v[0]), veorq_s32(a.v[1], b.v[1])}};
}

/* -1 where negative, else 0. */
TINYML_INLINE tinyml_vec tinyml_sign(tinyml_vec a) {
  return (tinyml_vec){{vshrq_n_s32(a.v[0], 31), vshrq_n_s32(a.v[1], 31)}};
}

TINYML_INLINE tinyml_vec tinyml_shift_left(tinyml_vec a, int32_t bits) {
  const int32x4_t by = vdupq_n_s32(bits);
  return (tinyml_vec){{vshlq_s32(a.v[0], by), vshlq_s32(a.v[1], by)}};
}

/* 8 int8 as int32. */
TINYML_INLINE tinyml_vec tinyml_widen(const int8_t *from) {
  const int16x8_t x = vmovl_s8(vld1_s8(from));
  return (tinyml_vec){{vmovl_s16(vget_low_s16(x)), vmovl_high_s16(x)}};
}

/* In double, towards zero: exact for numbers below 2^31. */
TINYML_INLINE int32x4_t tinyml_divide_half(int32x4_t dividend, float64x2_t divisor) {
  const float64x2_t low = vdivq_f64(vcvtq_f64_s64(vmovl_s32(vget_low_s32(dividend))), divisor);
  const float64x2_t high = vdivq_f64(vcvtq_f64_s64(vmovl_high_s32(dividend)), divisor);
  return vmovn_high_s64(vmovn_s64(vcvtq_s64_f64(low)), vcvtq_s64_f64(high));
}

TINYML_INLINE tinyml_vec tinyml_divide(tinyml_vec dividend, int32_t divisor) {
  const float64x2_t by = vdupq_n_f64(divisor);
  return (tinyml_vec){{tinyml_divide_half(dividend.v[0], by), tinyml_divide_half(dividend.v[1], by)}};
}

/* Zero point as int16, clamp as int8. */
typedef struct {
  int16x8_t zero_point;
  int8x16_t min, max;
} tinyml_output;

TINYML_INLINE tinyml_output tinyml_output_of(int32_t zero_point, int32_t min, int32_t max) {
  return (tinyml_output){vdupq_n_s16((int16_t)zero_point), vdupq_n_s8((int8_t)min), vdupq_n_s8((int8_t)max)};
}

TINYML_INLINE int8x16_t tinyml_clamp_half(int8x16_t bytes, const tinyml_output *output) {
  return vminq_s8(vmaxq_s8(bytes, output->min), output->max);
}

TINYML_INLINE tinyml_bytes tinyml_clamp_bytes(tinyml_bytes bytes, const tinyml_output *output) {
  return (tinyml_bytes){{tinyml_clamp_half(bytes.v[0], output), tinyml_clamp_half(bytes.v[1], output)}};
}

TINYML_INLINE int16x8_t tinyml_narrow_vec(tinyml_vec a, const tinyml_output *output) {
  return vqaddq_s16(vqmovn_high_s32(vqmovn_s32(a.v[0]), a.v[1]), output->zero_point);
}

TINYML_INLINE int8x16_t tinyml_narrow_half(tinyml_vec a, tinyml_vec b, const tinyml_output *output) {
  const int16x8_t low = tinyml_narrow_vec(a, output), high = tinyml_narrow_vec(b, output);
  return tinyml_clamp_half(vqmovn_high_s16(vqmovn_s16(low), high), output);
}

/* Four vectors of requantised sums to 32 outputs, in order. */
TINYML_INLINE tinyml_bytes tinyml_narrow(const tinyml_vec v[4], const tinyml_output *output) {
  return (tinyml_bytes){{tinyml_narrow_half(v[0], v[1], output), tinyml_narrow_half(v[2], v[3], output)}};
}

/* The same after tinyml_interleave, which keeps the order. */
TINYML_INLINE tinyml_bytes tinyml_narrow_parts(const tinyml_vec v[4], const tinyml_output *output) {
  return tinyml_narrow(v, output);
}
TINYML_INLINE int32_t tinyml_output_index(int32_t part, int32_t lane) {
  return part * TINYML_LANES + lane;
}

TINYML_INLINE tinyml_bytes tinyml_load_bytes(const int8_t *from) {
  return (tinyml_bytes){{vld1q_s8(from), vld1q_s8(from + 16)}};
}

TINYML_INLINE void tinyml_store_bytes(int8_t *to, tinyml_bytes bytes) {
  vst1q_s8(to, bytes.v[0]);
  vst1q_s8(to + 16, bytes.v[1]);
}

TINYML_INLINE void tinyml_store_quarter(int8_t *to, tinyml_bytes bytes, const int32_t number) {
  const int8x16_t half = bytes.v[number / 2];
  vst1_s8(to, number % 2 == 0 ? vget_low_s8(half) : vget_high_s8(half));
}

TINYML_INLINE tinyml_vec tinyml_load_sums(const int32_t *from) {
  return (tinyml_vec){{vld1q_s32(from), vld1q_s32(from + 4)}};
}

TINYML_INLINE void tinyml_store_sums(int32_t *to, tinyml_vec sums) {
  vst1q_s32(to, sums.v[0]);
  vst1q_s32(to + 4, sums.v[1]);
}

/* Sums of interleaved words, in the order of their elements. */
TINYML_INLINE void tinyml_store_parts(int32_t *to, const tinyml_vec v[4]) {
  TINYML_UNROLL
  for (int32_t i = 0; i < 4; i++) tinyml_store_sums(to + i * TINYML_LANES, v[i]);
}

TINYML_INLINE tinyml_bytes tinyml_max_bytes(tinyml_bytes a, tinyml_bytes b) {
  return (tinyml_bytes){{vmaxq_s8(a.v[0], b.v[0]), vmaxq_s8(a.v[1], b.v[1])}};
}

TINYML_INLINE tinyml_bytes tinyml_set_bytes(int8_t value) {
  return (tinyml_bytes){{vdupq_n_s8(value), vdupq_n_s8(value)}};
}

/* |a - b| of int8, as uint8; the greater of uint8; 1 where a uint8 is above another, else 0. */
TINYML_INLINE tinyml_bytes tinyml_distance(tinyml_bytes a, tinyml_bytes b) {
  return (tinyml_bytes){{vabdq_s8(a.v[0], b.v[0]), vabdq_s8(a.v[1], b.v[1])}};
}
TINYML_INLINE int8x16_t tinyml_max_unsigned_half(int8x16_t a, int8x16_t b) {
  return vreinterpretq_s8_u8(vmaxq_u8(vreinterpretq_u8_s8(a), vreinterpretq_u8_s8(b)));
}
TINYML_INLINE tinyml_bytes tinyml_max_unsigned(tinyml_bytes a, tinyml_bytes b) {
  return (tinyml_bytes){{tinyml_max_unsigned_half(a.v[0], b.v[0]), tinyml_max_unsigned_half(a.v[1], b.v[1])}};
}
TINYML_INLINE int8x16_t tinyml_is_above_half(int8x16_t a, int8x16_t threshold) {
  return vreinterpretq_s8_u8(vshrq_n_u8(vcgtq_u8(vreinterpretq_u8_s8(a), vreinterpretq_u8_s8(threshold)), 7));
}
TINYML_INLINE tinyml_bytes tinyml_is_above(tinyml_bytes a, tinyml_bytes threshold) {
  return (tinyml_bytes){{tinyml_is_above_half(a.v[0], threshold.v[0]), tinyml_is_above_half(a.v[1], threshold.v[1])}};
}

TINYML_INLINE tinyml_bytes tinyml_and_bytes(tinyml_bytes a, tinyml_bytes b) {
  return (tinyml_bytes){{vandq_s8(a.v[0], b.v[0]), vandq_s8(a.v[1], b.v[1])}};
}

/* Half a vector from each of two places. */
TINYML_INLINE tinyml_bytes tinyml_load_halves(const int8_t *a, const int8_t *b) {
  return (tinyml_bytes){{vld1q_s8(a), vld1q_s8(b)}};
}

/* Adds uint8, of which several go into each sum. */
TINYML_INLINE int32x4_t tinyml_add_bytes_half(int32x4_t sums, int8x16_t bytes) {
  return vreinterpretq_s32_u32(vpadalq_u16(vreinterpretq_u32_s32(sums), vpaddlq_u8(vreinterpretq_u8_s8(bytes))));
}
TINYML_INLINE tinyml_vec tinyml_add_bytes(tinyml_vec sums, tinyml_bytes bytes) {
  return (tinyml_vec){{tinyml_add_bytes_half(sums.v[0], bytes.v[0]), tinyml_add_bytes_half(sums.v[1], bytes.v[1])}};
}

/* The totals of three vectors of sums, and 0. */
TINYML_INLINE void tinyml_totals(int32_t to[4], tinyml_vec a, tinyml_vec b, tinyml_vec c) {
  to[0] = vaddvq_s32(vaddq_s32(a.v[0], a.v[1]));
  to[1] = vaddvq_s32(vaddq_s32(b.v[0], b.v[1]));
  to[2] = vaddvq_s32(vaddq_s32(c.v[0], c.v[1]));
  to[3] = 0;
}

/* The greatest of all uint8. */
TINYML_INLINE int32_t tinyml_greatest(tinyml_bytes bytes) {
  return vmaxvq_u8(vreinterpretq_u8_s8(tinyml_max_unsigned_half(bytes.v[0], bytes.v[1])));
}

#include "some_bytes.h"

#endif
