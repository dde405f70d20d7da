/* WebAssembly: vectors of 8 sums in two of 128 bits, words of two int16, inputs minus their zero point. */
#ifndef TINYML_SIMD_VEC_H
#define TINYML_SIMD_VEC_H

#include <wasm_simd128.h>

#define TINYML_NAME(kernel) tinyml_##kernel##_simd128

enum { TINYML_LANES = 8, TINYML_WORD = 2, TINYML_CHUNK = 1 };

#include "../generic/tinyml_fixed_point.h"
#include "channel.h"

#define TINYML_MAX_PIXELS {0, 3, 1}

typedef int16_t tinyml_element;

typedef struct {
  v128_t v[2];
} tinyml_vec, tinyml_words, tinyml_bytes;

/* Constants of 8 channels. There are no shifts by lane: the quick form makes all right shifts equal.
 *
 * With right shift e of a channel, E = the greatest of all plus 1, d = E - e and x' = x * 2^d, the two roundings of
 * tinyml_requantize are, for e > 0,
 *   floor((x' * Q + 2^(30 + d) + 2^(30 + E) - (x < 0) * 2^(31 + d)) / 2^(31 + E))
 * and without the last two addends for e = 0. That is a product of 64 bits, its high half, and shifts by E - 1. */
typedef struct {
  _Alignas(64) int32_t bias[TINYML_LANES];
  int32_t multiplier[TINYML_LANES];
  int32_t scale[TINYML_LANES]; /* 2^d */
  int64_t addend[TINYML_LANES];
  int32_t negative[TINYML_LANES]; /* 2^(d - 1): taken off where x is negative */
  int32_t shift[TINYML_LANES];    /* general form only */
  int32_t right;                  /* E - 1 */
} tinyml_requantization;

static inline int32_t tinyml_greatest_shift(const tinyml_channel channels[TINYML_LANES]) {
  int32_t greatest = 0;
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) {
    if (channels[lane].multiplier != 0 && -channels[lane].shift > greatest) greatest = -channels[lane].shift;
  }
  return greatest + 1;
}

/* Whether x' of all channels fits into int32. */
static inline bool tinyml_quick(const tinyml_channel channels[TINYML_LANES]) {
  const int32_t greatest = tinyml_greatest_shift(channels);
  bool quick = greatest <= 31;
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) {
    if (channels[lane].multiplier == 0) continue;
    const int32_t shift = channels[lane].shift;
    quick = quick && shift <= 0 && channels[lane].limit < INT64_C(1) << (31 - (greatest + shift));
  }
  return quick;
}

static inline void tinyml_pack_requantization(tinyml_requantization *to, const tinyml_channel channels[TINYML_LANES],
                                              bool quick) {
  const int32_t greatest = tinyml_greatest_shift(channels);
  to->right = greatest - 1;
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) {
    const int32_t shift = channels[lane].shift, up = greatest + shift;
    to->bias[lane] = channels[lane].bias;
    to->multiplier[lane] = channels[lane].multiplier;
    to->shift[lane] = shift;
    to->scale[lane] = to->negative[lane] = 0;
    to->addend[lane] = 0;
    if (!quick || channels[lane].multiplier == 0) continue;
    to->scale[lane] = (int32_t)(UINT32_C(1) << up);
    to->addend[lane] = INT64_C(1) << (30 + up);
    if (shift == 0) continue;
    to->addend[lane] += INT64_C(1) << (30 + greatest);
    to->negative[lane] = (int32_t)(UINT32_C(1) << (up - 1));
  }
}

TINYML_INLINE v128_t tinyml_requantize_half(v128_t sum, const tinyml_requantization *q, const int32_t half) {
  const v128_t x = wasm_i32x4_mul(sum, wasm_v128_load(q->scale + 4 * half));
  const v128_t multiplier = wasm_v128_load(q->multiplier + 4 * half);
  const v128_t low = wasm_i64x2_add(wasm_i64x2_extmul_low_i32x4(x, multiplier), wasm_v128_load(q->addend + 4 * half));
  const v128_t high =
      wasm_i64x2_add(wasm_i64x2_extmul_high_i32x4(x, multiplier), wasm_v128_load(q->addend + 4 * half + 2));
  const v128_t product = wasm_i32x4_shuffle(low, high, 1, 3, 5, 7);
  const v128_t negative = wasm_v128_and(wasm_i32x4_shr(x, 31), wasm_v128_load(q->negative + 4 * half));
  return wasm_i32x4_shr(wasm_i32x4_sub(product, negative), (uint32_t)q->right);
}

TINYML_INLINE tinyml_vec tinyml_requantize_vec(tinyml_vec sum, const tinyml_requantization *q, const bool quick) {
  if (quick) return (tinyml_vec){{tinyml_requantize_half(sum.v[0], q, 0), tinyml_requantize_half(sum.v[1], q, 1)}};
  int32_t values[TINYML_LANES];
  memcpy(values, &sum, sizeof(values));
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) {
    values[lane] = tinyml_requantize(values[lane], q->multiplier[lane], q->shift[lane]);
  }
  return (tinyml_vec){{wasm_v128_load(values), wasm_v128_load(values + 4)}};
}

TINYML_INLINE int32_t tinyml_image_offset(int32_t input_offset) {
  return input_offset;
}

TINYML_INLINE void tinyml_copy_elements(int16_t *to, const int8_t *from, ptrdiff_t count, int32_t offset) {
  const v128_t add = wasm_i16x8_splat((int16_t)offset);
  ptrdiff_t i = 0;
  for (; i + 8 <= count; i += 8) wasm_v128_store(to + i, wasm_i16x8_add(wasm_i16x8_load8x8(from + i), add));
  for (; i < count; i++) to[i] = (int16_t)(from[i] + offset);
}

TINYML_INLINE int32_t tinyml_weight_index(int32_t lane, int32_t element) {
  return lane * TINYML_WORD + element;
}
TINYML_INLINE int32_t tinyml_part_index(int32_t lane, int32_t element) {
  return tinyml_weight_index(lane, element);
}

TINYML_INLINE tinyml_words tinyml_load_weights(const int8_t *from) {
  return (tinyml_words){{wasm_i16x8_load8x8(from), wasm_i16x8_load8x8(from + 8)}};
}

TINYML_INLINE tinyml_words tinyml_load_words(const int16_t *from) {
  return (tinyml_words){{wasm_v128_load(from), wasm_v128_load(from + 8)}};
}

TINYML_INLINE tinyml_words tinyml_broadcast(const int16_t *from) {
  const v128_t same = wasm_v128_load32_splat(from);
  return (tinyml_words){{same, same}};
}

/* Words of 32 elements of two rows, in order. */
TINYML_INLINE void tinyml_interleave(tinyml_words words[4], const int16_t *const rows[TINYML_WORD], ptrdiff_t at) {
  TINYML_UNROLL
  for (int32_t i = 0; i < 4; i++) {
    const v128_t a = wasm_v128_load(rows[0] + at + 8 * i), b = wasm_v128_load(rows[1] + at + 8 * i);
    words[i] = (tinyml_words){{wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11),
                               wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15)}};
  }
}

TINYML_INLINE tinyml_vec tinyml_multiply_add(tinyml_vec sum, tinyml_words x, tinyml_words weights) {
  return (tinyml_vec){{wasm_i32x4_add(sum.v[0], wasm_i32x4_dot_i16x8(x.v[0], weights.v[0])),
                       wasm_i32x4_add(sum.v[1], wasm_i32x4_dot_i16x8(x.v[1], weights.v[1]))}};
}

/* Words are broadcast from memory one by one. */
typedef const int16_t *tinyml_chunk;
TINYML_INLINE tinyml_chunk tinyml_load_chunk(const int16_t *from) {
  return from;
}
TINYML_INLINE tinyml_vec tinyml_multiply_add_chunk(tinyml_vec sum, tinyml_chunk chunk, const int32_t word,
                                                   tinyml_words weights) {
  return tinyml_multiply_add(sum, tinyml_broadcast(chunk + word * TINYML_WORD), weights);
}

TINYML_INLINE tinyml_vec tinyml_load_bias(const tinyml_requantization *q) {
  return (tinyml_vec){{wasm_v128_load(q->bias), wasm_v128_load(q->bias + 4)}};
}

TINYML_INLINE tinyml_vec tinyml_set(int32_t value) {
  return (tinyml_vec){{wasm_i32x4_splat(value), wasm_i32x4_splat(value)}};
}

TINYML_INLINE tinyml_vec tinyml_zero(void) {
  return tinyml_set(0);
}

TINYML_INLINE tinyml_vec tinyml_add(tinyml_vec a, tinyml_vec b) {
  return (tinyml_vec){{wasm_i32x4_add(a.v[0], b.v[0]), wasm_i32x4_add(a.v[1], b.v[1])}};
}

TINYML_INLINE tinyml_vec tinyml_subtract(tinyml_vec a, tinyml_vec b) {
  return (tinyml_vec){{wasm_i32x4_sub(a.v[0], b.v[0]), wasm_i32x4_sub(a.v[1], b.v[1])}};
}

TINYML_INLINE tinyml_vec tinyml_xor(tinyml_vec a, tinyml_vec b) {
  return (tinyml_vec){{wasm_v128_xor(a.v[0], b.v[0]), wasm_v128_xor(a.v[1], b.v[1])}};
}

/* -1 where negative, else 0. */
TINYML_INLINE tinyml_vec tinyml_sign(tinyml_vec a) {
  return (tinyml_vec){{wasm_i32x4_shr(a.v[0], 31), wasm_i32x4_shr(a.v[1], 31)}};
}

TINYML_INLINE tinyml_vec tinyml_shift_left(tinyml_vec a, int32_t bits) {
  return (tinyml_vec){{wasm_i32x4_shl(a.v[0], (uint32_t)bits), wasm_i32x4_shl(a.v[1], (uint32_t)bits)}};
}

/* 8 int8 as int32. */
TINYML_INLINE tinyml_vec tinyml_widen(const int8_t *from) {
  const v128_t x = wasm_i16x8_load8x8(from);
  return (tinyml_vec){{wasm_i32x4_extend_low_i16x8(x), wasm_i32x4_extend_high_i16x8(x)}};
}

/* In double, towards zero: exact for numbers below 2^31. */
TINYML_INLINE v128_t tinyml_divide_half(v128_t dividend, v128_t divisor) {
  const v128_t high_first = wasm_i32x4_shuffle(dividend, dividend, 2, 3, 0, 1);
  const v128_t low = wasm_f64x2_div(wasm_f64x2_convert_low_i32x4(dividend), divisor);
  const v128_t high = wasm_f64x2_div(wasm_f64x2_convert_low_i32x4(high_first), divisor);
  return wasm_i32x4_shuffle(wasm_i32x4_trunc_sat_f64x2_zero(low), wasm_i32x4_trunc_sat_f64x2_zero(high), 0, 1, 4, 5);
}

TINYML_INLINE tinyml_vec tinyml_divide(tinyml_vec dividend, int32_t divisor) {
  const v128_t by = wasm_f64x2_splat(divisor);
  return (tinyml_vec){{tinyml_divide_half(dividend.v[0], by), tinyml_divide_half(dividend.v[1], by)}};
}

/* Zero point as int16, clamp as int8. */
typedef struct {
  v128_t zero_point, min, max;
} tinyml_output;

TINYML_INLINE tinyml_output tinyml_output_of(int32_t zero_point, int32_t min, int32_t max) {
  return (tinyml_output){wasm_i16x8_splat((int16_t)zero_point), wasm_i8x16_splat((int8_t)min),
                         wasm_i8x16_splat((int8_t)max)};
}

TINYML_INLINE v128_t tinyml_clamp_half(v128_t bytes, const tinyml_output *output) {
  return wasm_i8x16_min(wasm_i8x16_max(bytes, output->min), output->max);
}

TINYML_INLINE tinyml_bytes tinyml_clamp_bytes(tinyml_bytes bytes, const tinyml_output *output) {
  return (tinyml_bytes){{tinyml_clamp_half(bytes.v[0], output), tinyml_clamp_half(bytes.v[1], output)}};
}

TINYML_INLINE v128_t tinyml_narrow_vec(tinyml_vec a, const tinyml_output *output) {
  return wasm_i16x8_add_sat(wasm_i16x8_narrow_i32x4(a.v[0], a.v[1]), output->zero_point);
}

TINYML_INLINE v128_t tinyml_narrow_half(tinyml_vec a, tinyml_vec b, const tinyml_output *output) {
  const v128_t bytes = wasm_i8x16_narrow_i16x8(tinyml_narrow_vec(a, output), tinyml_narrow_vec(b, output));
  return tinyml_clamp_half(bytes, output);
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
  return (tinyml_bytes){{wasm_v128_load(from), wasm_v128_load(from + 16)}};
}

TINYML_INLINE void tinyml_store_bytes(int8_t *to, tinyml_bytes bytes) {
  wasm_v128_store(to, bytes.v[0]);
  wasm_v128_store(to + 16, bytes.v[1]);
}

TINYML_INLINE void tinyml_store_quarter(int8_t *to, tinyml_bytes bytes, const int32_t number) {
  const v128_t half = bytes.v[number / 2];
  if (number % 2 == 0) {
    wasm_v128_store64_lane(to, half, 0);
  } else {
    wasm_v128_store64_lane(to, half, 1);
  }
}

TINYML_INLINE tinyml_vec tinyml_load_sums(const int32_t *from) {
  return (tinyml_vec){{wasm_v128_load(from), wasm_v128_load(from + 4)}};
}

TINYML_INLINE void tinyml_store_sums(int32_t *to, tinyml_vec sums) {
  wasm_v128_store(to, sums.v[0]);
  wasm_v128_store(to + 4, sums.v[1]);
}

/* Sums of interleaved words, in the order of their elements. */
TINYML_INLINE void tinyml_store_parts(int32_t *to, const tinyml_vec v[4]) {
  TINYML_UNROLL
  for (int32_t i = 0; i < 4; i++) tinyml_store_sums(to + i * TINYML_LANES, v[i]);
}

TINYML_INLINE tinyml_bytes tinyml_max_bytes(tinyml_bytes a, tinyml_bytes b) {
  return (tinyml_bytes){{wasm_i8x16_max(a.v[0], b.v[0]), wasm_i8x16_max(a.v[1], b.v[1])}};
}

TINYML_INLINE tinyml_bytes tinyml_set_bytes(int8_t value) {
  return (tinyml_bytes){{wasm_i8x16_splat(value), wasm_i8x16_splat(value)}};
}

/* |a - b| of int8, as uint8; the greater of uint8; 1 where a uint8 is above another, else 0. */
TINYML_INLINE v128_t tinyml_distance_half(v128_t a, v128_t b) {
  return wasm_i8x16_sub(wasm_i8x16_max(a, b), wasm_i8x16_min(a, b));
}
TINYML_INLINE tinyml_bytes tinyml_distance(tinyml_bytes a, tinyml_bytes b) {
  return (tinyml_bytes){{tinyml_distance_half(a.v[0], b.v[0]), tinyml_distance_half(a.v[1], b.v[1])}};
}
TINYML_INLINE tinyml_bytes tinyml_max_unsigned(tinyml_bytes a, tinyml_bytes b) {
  return (tinyml_bytes){{wasm_u8x16_max(a.v[0], b.v[0]), wasm_u8x16_max(a.v[1], b.v[1])}};
}
TINYML_INLINE v128_t tinyml_is_above_half(v128_t a, v128_t threshold) {
  return wasm_u8x16_shr(wasm_u8x16_gt(a, threshold), 7);
}
TINYML_INLINE tinyml_bytes tinyml_is_above(tinyml_bytes a, tinyml_bytes threshold) {
  return (tinyml_bytes){{tinyml_is_above_half(a.v[0], threshold.v[0]), tinyml_is_above_half(a.v[1], threshold.v[1])}};
}

TINYML_INLINE tinyml_bytes tinyml_and_bytes(tinyml_bytes a, tinyml_bytes b) {
  return (tinyml_bytes){{wasm_v128_and(a.v[0], b.v[0]), wasm_v128_and(a.v[1], b.v[1])}};
}

/* Half a vector from each of two places. */
TINYML_INLINE tinyml_bytes tinyml_load_halves(const int8_t *a, const int8_t *b) {
  return (tinyml_bytes){{wasm_v128_load(a), wasm_v128_load(b)}};
}

/* Adds uint8, of which several go into each sum. */
TINYML_INLINE v128_t tinyml_add_bytes_half(v128_t sums, v128_t bytes) {
  return wasm_i32x4_add(sums, wasm_u32x4_extadd_pairwise_u16x8(wasm_u16x8_extadd_pairwise_u8x16(bytes)));
}
TINYML_INLINE tinyml_vec tinyml_add_bytes(tinyml_vec sums, tinyml_bytes bytes) {
  return (tinyml_vec){{tinyml_add_bytes_half(sums.v[0], bytes.v[0]), tinyml_add_bytes_half(sums.v[1], bytes.v[1])}};
}

TINYML_INLINE int32_t tinyml_total(tinyml_vec a) {
  const v128_t sums = wasm_i32x4_add(a.v[0], a.v[1]);
  return wasm_i32x4_extract_lane(sums, 0) + wasm_i32x4_extract_lane(sums, 1) + wasm_i32x4_extract_lane(sums, 2) +
         wasm_i32x4_extract_lane(sums, 3);
}

/* The totals of three vectors of sums, and 0. */
TINYML_INLINE void tinyml_totals(int32_t to[4], tinyml_vec a, tinyml_vec b, tinyml_vec c) {
  to[0] = tinyml_total(a);
  to[1] = tinyml_total(b);
  to[2] = tinyml_total(c);
  to[3] = 0;
}

/* The greatest of all uint8. */
TINYML_INLINE int32_t tinyml_greatest(tinyml_bytes bytes) {
  v128_t most = wasm_u8x16_max(bytes.v[0], bytes.v[1]);
  most = wasm_u8x16_max(most, wasm_i64x2_shuffle(most, most, 1, 0));
  most = wasm_u8x16_max(most, wasm_i32x4_shuffle(most, most, 1, 0, 3, 2));
  const uint32_t four = (uint32_t)wasm_i32x4_extract_lane(most, 0);
  int32_t greatest = 0;
  for (int32_t i = 0; i < 32; i += 8) {
    const int32_t byte = (int32_t)(four >> i & 255);
    greatest = byte > greatest ? byte : greatest;
  }
  return greatest;
}

#include "some_bytes.h"

#endif
