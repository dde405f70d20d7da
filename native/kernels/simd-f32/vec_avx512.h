/* Vectors of 16 floats: AVX-512 F. */
#ifndef TINYML_VEC_H
#define TINYML_VEC_H

#include <immintrin.h>

#include "../simd/words.h"

enum { TINYML_LANES = 16 };
typedef __m512 tinyml_vec;

#define TINYML_FUNCTIONS(name) tinyml_##name##_avx512vnni

/* Blocks of output channels times pixels that fit the 32 registers. */
#define TINYML_TILES(TILE)                                                                                     \
  TILE(1, 1) TILE(1, 2) TILE(1, 3) TILE(1, 4) TILE(1, 5) TILE(1, 6) TILE(1, 7) TILE(1, 8) TILE(1, 9) TILE(1, 10) \
  TILE(1, 11) TILE(1, 12) TILE(1, 13) TILE(1, 14) TILE(1, 15) TILE(1, 16)                                      \
  TILE(2, 1) TILE(2, 2) TILE(2, 3) TILE(2, 4) TILE(2, 5) TILE(2, 6) TILE(2, 7) TILE(2, 8) TILE(2, 9) TILE(2, 10) \
  TILE(2, 11) TILE(2, 12) TILE(2, 13) TILE(2, 14)                                                              \
  TILE(4, 1) TILE(4, 2) TILE(4, 3) TILE(4, 4) TILE(4, 5) TILE(4, 6)                                            \
  TILE(8, 1) TILE(8, 2)
/* Chains that hide the latency of a multiply-add. */
enum { TINYML_CHAINS_NEEDED = 8 };
/* Vectors of neighbouring channels that fit them for a few pixels. */
enum { TINYML_CHANNEL_VECTORS = 4 };
/* Blocks that share what a tile reads of the input, where there are many pixels. */
enum { TINYML_PANEL = 2 };

static inline __mmask16 tinyml_first(int32_t count) {
  return count >= TINYML_LANES ? 0xffff : (__mmask16)((1u << count) - 1);
}

static inline tinyml_vec tinyml_splat(float value) {
  return _mm512_set1_ps(value);
}

static inline tinyml_vec tinyml_load(const float *from) {
  return _mm512_loadu_ps(from);
}

/* The first `count` lanes, or all where it is more; the rest are zeros, or stay as they are. */
static inline tinyml_vec tinyml_load_first(const float *from, int32_t count) {
  return _mm512_maskz_loadu_ps(tinyml_first(count), from);
}

static inline void tinyml_store(float *to, tinyml_vec v) {
  _mm512_storeu_ps(to, v);
}

static inline void tinyml_store_first(float *to, tinyml_vec v, int32_t count) {
  _mm512_mask_storeu_ps(to, tinyml_first(count), v);
}

static inline tinyml_vec tinyml_add(tinyml_vec a, tinyml_vec b) {
  return _mm512_add_ps(a, b);
}

static inline tinyml_vec tinyml_multiply(tinyml_vec a, tinyml_vec b) {
  return _mm512_mul_ps(a, b);
}

static inline tinyml_vec tinyml_divide(tinyml_vec a, tinyml_vec b) {
  return _mm512_div_ps(a, b);
}

static inline tinyml_vec tinyml_multiply_add(tinyml_vec a, tinyml_vec b, tinyml_vec c) {
  return _mm512_fmadd_ps(a, b, c);
}

/* Where the operands are equal or one is NaN, max and min are their second. */
static inline tinyml_vec tinyml_bound(tinyml_vec v, tinyml_vec lowest, tinyml_vec highest) {
  return _mm512_min_ps(highest, _mm512_max_ps(lowest, v));
}

static inline tinyml_vec tinyml_greater(tinyml_vec v, tinyml_vec best) {
  const __mmask16 takes = _mm512_cmp_ps_mask(v, best, _CMP_GT_OQ) | _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
  return _mm512_mask_blend_ps(takes, best, v);
}

static inline tinyml_vec tinyml_sqrt(tinyml_vec v) {
  return _mm512_sqrt_ps(v);
}

/* a < b ? a : b, and a > b ? a : b. */
static inline tinyml_vec tinyml_min(tinyml_vec a, tinyml_vec b) {
  return _mm512_min_ps(a, b);
}

static inline tinyml_vec tinyml_max(tinyml_vec a, tinyml_vec b) {
  return _mm512_max_ps(a, b);
}

/* 16 codes as int32, and the lowest bytes of 16 int32, whatever the type of the register. */
static inline __m512i tinyml_load_bytes(const int8_t *from) {
  return _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(const void *)from));
}

/* The first `count` bytes, fewer than there are lanes, and zeros: without a detour over memory. */
#define TINYML_LOADS_FIRST_BYTES 1
static inline __m512i tinyml_load_first_bytes(const int8_t *from, int32_t count) {
  return _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(tinyml_first(count), from));
}

static inline void tinyml_store_bytes(int8_t *to, tinyml_vec v) {
  _mm_storeu_si128((__m128i *)(void *)to, _mm512_cvtepi32_epi8(_mm512_castps_si512(v)));
}

#endif
