/* Vectors of 8 floats: AVX2 and FMA. */
#ifndef TINYML_VEC_H
#define TINYML_VEC_H

#include <immintrin.h>

#include "../simd/words.h"

enum { TINYML_LANES = 8 };
typedef __m256 tinyml_vec;

#define TINYML_FUNCTIONS(name) tinyml_##name##_avx2

/* Blocks of output channels times pixels that fit the 16 registers. */
#define TINYML_TILES(TILE)                                                                \
  TILE(1, 1) TILE(1, 2) TILE(1, 3) TILE(1, 4) TILE(1, 5) TILE(1, 6) TILE(1, 7) TILE(1, 8) \
  TILE(1, 9) TILE(1, 10)                                                                  \
  TILE(2, 1) TILE(2, 2) TILE(2, 3) TILE(2, 4) TILE(2, 5) TILE(2, 6)                       \
  TILE(4, 1) TILE(4, 2)                                                                   \
  TILE(8, 1)
/* More pixels, where operands come from memory one by one. */
#define TINYML_LONG_TILES(TILE) TILE(1, 11) TILE(1, 12) TILE(1, 13) TILE(1, 14)
/* Chains that hide the latency of a multiply-add. */
enum { TINYML_CHAINS_NEEDED = 8 };
/* Vectors of neighbouring channels that fit them for a few pixels. */
enum { TINYML_CHANNEL_VECTORS = 2 };
/* Blocks that share what a tile reads of the input, where there are many pixels. */
enum { TINYML_PANEL = 2 };

/* All ones in the first `count` lanes. */
static inline __m256i tinyml_first(int32_t count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

static inline tinyml_vec tinyml_splat(float value) {
  return _mm256_set1_ps(value);
}

static inline tinyml_vec tinyml_load(const float *from) {
  return _mm256_loadu_ps(from);
}

/* The first `count` lanes, or all where it is more; the rest are zeros, or stay as they are. */
static inline tinyml_vec tinyml_load_first(const float *from, int32_t count) {
  return _mm256_maskload_ps(from, tinyml_first(count));
}

static inline void tinyml_store(float *to, tinyml_vec v) {
  _mm256_storeu_ps(to, v);
}

static inline void tinyml_store_first(float *to, tinyml_vec v, int32_t count) {
  _mm256_maskstore_ps(to, tinyml_first(count), v);
}

static inline tinyml_vec tinyml_add(tinyml_vec a, tinyml_vec b) {
  return _mm256_add_ps(a, b);
}

static inline tinyml_vec tinyml_multiply(tinyml_vec a, tinyml_vec b) {
  return _mm256_mul_ps(a, b);
}

static inline tinyml_vec tinyml_divide(tinyml_vec a, tinyml_vec b) {
  return _mm256_div_ps(a, b);
}

static inline tinyml_vec tinyml_multiply_add(tinyml_vec a, tinyml_vec b, tinyml_vec c) {
  return _mm256_fmadd_ps(a, b, c);
}

/* Where the operands are equal or one is NaN, max and min are their second. */
static inline tinyml_vec tinyml_bound(tinyml_vec v, tinyml_vec lowest, tinyml_vec highest) {
  return _mm256_min_ps(highest, _mm256_max_ps(lowest, v));
}

static inline tinyml_vec tinyml_greater(tinyml_vec v, tinyml_vec best) {
  const tinyml_vec takes = _mm256_or_ps(_mm256_cmp_ps(v, best, _CMP_GT_OQ), _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
  return _mm256_blendv_ps(best, v, takes);
}

static inline tinyml_vec tinyml_sqrt(tinyml_vec v) {
  return _mm256_sqrt_ps(v);
}

/* a < b ? a : b, and a > b ? a : b. */
static inline tinyml_vec tinyml_min(tinyml_vec a, tinyml_vec b) {
  return _mm256_min_ps(a, b);
}

static inline tinyml_vec tinyml_max(tinyml_vec a, tinyml_vec b) {
  return _mm256_max_ps(a, b);
}

/* 8 codes as int32, and the lowest bytes of 8 int32, whatever the type of the register. */
static inline __m256i tinyml_load_bytes(const int8_t *from) {
  return _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)from));
}

static inline void tinyml_store_bytes(int8_t *to, tinyml_vec v) {
  const __m256i lowest = _mm256_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 4, 8, 12, -1,
                                          -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  const __m256i bytes = _mm256_shuffle_epi8(_mm256_castps_si256(v), lowest);
  _mm_storel_epi64((__m128i *)(void *)to,
                   _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1)));
}

#endif
