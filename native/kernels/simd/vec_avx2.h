/* Vectors of 256 bits: 8 sums, words of two int16. VPMADDUBSW would saturate, so images hold inputs minus their zero
 * point as int16, and VPMADDWD is exact. */
#ifndef TINYML_SIMD_VEC_H
#define TINYML_SIMD_VEC_H

#include <immintrin.h>

#define TINYML_NAME(kernel) tinyml_##kernel##_avx2

enum { TINYML_LANES = 8, TINYML_WORD = 2, TINYML_CHUNK = 2 };

#include "requantize_x86.h"

typedef int16_t tinyml_element;

/* Elements have room for sums of several: transformed, 3x3 windows take fewer products. */
#define TINYML_WINOGRAD

/* Interleaving takes as many instructions as multiplying. */
#define TINYML_ROW_PAIRS

/* VPMOVSXBW takes the port of which additions have most. */
#define TINYML_WEIGHTS_AS_ELEMENTS
typedef __m256i tinyml_vec, tinyml_words, tinyml_bytes;

#define TINYML_MAX_PIXELS {0, 6, 3}

TINYML_INLINE int32_t tinyml_image_offset(int32_t input_offset) {
  return input_offset;
}

TINYML_INLINE void tinyml_copy_elements(int16_t *to, const int8_t *from, ptrdiff_t count, int32_t offset) {
  const __m256i add = _mm256_set1_epi16((int16_t)offset);
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const __m256i x = _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)(from + i)));
    _mm256_storeu_si256((void *)(to + i), _mm256_add_epi16(x, add));
  }
  if (i + 8 <= count) {
    const __m128i x = _mm_cvtepi8_epi16(_mm_loadl_epi64((const void *)(from + i)));
    _mm_storeu_si128((void *)(to + i), _mm_add_epi16(x, _mm256_castsi256_si128(add)));
    i += 8;
  }
  for (; i < count; i++) to[i] = (int16_t)(from[i] + offset);
}

/* `count` elements of two rows, those of both side by side; count is a multiple of 8. */
TINYML_INLINE void tinyml_copy_pairs(int16_t *to, const int8_t *a, const int8_t *b, ptrdiff_t count, int32_t offset) {
  const __m256i add = _mm256_set1_epi16((int16_t)offset);
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16, to += 32) {
    const __m128i x = _mm_loadu_si128((const void *)(a + i)), y = _mm_loadu_si128((const void *)(b + i));
    const __m256i low = _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(x, y)), high = _mm256_cvtepi8_epi16(_mm_unpackhi_epi8(x, y));
    _mm256_storeu_si256((void *)to, _mm256_add_epi16(low, add));
    _mm256_storeu_si256((void *)(to + 16), _mm256_add_epi16(high, add));
  }
  if (i < count) {
    const __m128i x = _mm_loadl_epi64((const void *)(a + i)), y = _mm_loadl_epi64((const void *)(b + i));
    _mm256_storeu_si256((void *)to, _mm256_add_epi16(_mm256_cvtepi8_epi16(_mm_unpacklo_epi8(x, y)), add));
  }
}

/* Words of 32 elements of two rows, in the order of unpacking: see tinyml_output_index. */
TINYML_INLINE void tinyml_interleave(__m256i words[4], const int16_t *const rows[TINYML_WORD], ptrdiff_t at) {
  TINYML_UNROLL
  for (int32_t i = 0; i < 2; i++) {
    const __m256i a = _mm256_loadu_si256((const void *)(rows[0] + at + 16 * i));
    const __m256i b = _mm256_loadu_si256((const void *)(rows[1] + at + 16 * i));
    words[2 * i] = _mm256_unpacklo_epi16(a, b);
    words[2 * i + 1] = _mm256_unpackhi_epi16(a, b);
  }
}

/* Which of 32 interleaved elements is in a lane of words[part], and where its elements are. */
TINYML_INLINE int32_t tinyml_output_index(int32_t part, int32_t lane) {
  return part / 2 * 16 + lane / 4 * 8 + part % 2 * 4 + lane % 4;
}
TINYML_INLINE int32_t tinyml_part_index(int32_t lane, int32_t element) {
  return lane * TINYML_WORD + element;
}

TINYML_INLINE int32_t tinyml_weight_index(int32_t lane, int32_t element) {
  return lane * TINYML_WORD + element;
}

TINYML_INLINE __m256i tinyml_load_weights(const int8_t *from) {
  return _mm256_cvtepi8_epi16(_mm_load_si128((const void *)from));
}

TINYML_INLINE __m256i tinyml_load_words(const int16_t *from) {
  return _mm256_loadu_si256((const void *)from);
}

TINYML_INLINE __m256i tinyml_broadcast(const int16_t *from) {
  int32_t word;
  memcpy(&word, from, sizeof(word));
  return _mm256_set1_epi32(word);
}

TINYML_INLINE __m256i tinyml_multiply_add(__m256i sum, __m256i x, __m256i weights) {
  sum = _mm256_add_epi32(sum, _mm256_madd_epi16(x, weights));
  __asm__("" : "+x"(sum)); /* compilers would first add products to each other, and run out of registers */
  return sum;
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

TINYML_INLINE __m256i tinyml_zero(void) {
  return _mm256_setzero_si256();
}

TINYML_INLINE __m256i tinyml_set(int32_t value) {
  return _mm256_set1_epi32(value);
}

TINYML_INLINE __m256i tinyml_add(__m256i a, __m256i b) {
  return _mm256_add_epi32(a, b);
}

TINYML_INLINE __m256i tinyml_subtract(__m256i a, __m256i b) {
  return _mm256_sub_epi32(a, b);
}

TINYML_INLINE __m256i tinyml_xor(__m256i a, __m256i b) {
  return _mm256_xor_si256(a, b);
}

TINYML_INLINE __m256i tinyml_shift_left(__m256i a, int32_t bits) {
  return _mm256_sll_epi32(a, _mm_cvtsi32_si128(bits));
}

TINYML_INLINE __m256i tinyml_widen(const int8_t *from) {
  return _mm256_cvtepi8_epi32(_mm_loadl_epi64((const void *)from));
}

/* In double, as with 512 bits. */
TINYML_INLINE __m256i tinyml_divide(__m256i dividend, int32_t divisor) {
  const __m256d by = _mm256_set1_pd(divisor);
  const __m256d low = _mm256_cvtepi32_pd(_mm256_castsi256_si128(dividend));
  const __m256d high = _mm256_cvtepi32_pd(_mm256_extracti128_si256(dividend, 1));
  return _mm256_set_m128i(_mm256_cvttpd_epi32(_mm256_div_pd(high, by)), _mm256_cvttpd_epi32(_mm256_div_pd(low, by)));
}

TINYML_INLINE __m256i tinyml_sign(__m256i a) {
  return _mm256_srai_epi32(a, 31);
}

/* A fourth, of multiples of four. */
TINYML_INLINE __m256i tinyml_quarter(__m256i a) {
  return _mm256_srai_epi32(a, 2);
}

TINYML_INLINE __m256i tinyml_load_int32(const void *from) {
  return _mm256_load_si256(from);
}

TINYML_INLINE __m256i tinyml_load_bias(const tinyml_requantization *q) {
  return tinyml_load_int32(q->bias);
}

/* high32 of 8 products plus addends, even channels from one vector of 64-bit sums and odd from another. */
TINYML_INLINE __m256i tinyml_high_sums(__m256i unsigned_sum, const tinyml_requantization *q) {
  const __m256i odd_sum = _mm256_srli_epi64(unsigned_sum, 32);
  const __m256i even = _mm256_add_epi64(_mm256_mul_epu32(unsigned_sum, tinyml_load_int32(q->multiplier[0])),
                                        tinyml_load_int32(q->addend[0]));
  const __m256i odd =
      _mm256_add_epi64(_mm256_mul_epu32(odd_sum, tinyml_load_int32(q->multiplier[1])), tinyml_load_int32(q->addend[1]));
  return _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
}

TINYML_INLINE __m256i tinyml_requantize_vec(__m256i sum, const tinyml_requantization *q, const bool quick) {
  if (quick) {
    const __m256i high = tinyml_high_sums(sum, q);
    const __m256i not_negative = _mm256_cmpgt_epi32(high, tinyml_load_int32(q->below));
    return _mm256_srav_epi32(_mm256_sub_epi32(high, not_negative), tinyml_load_int32(q->right));
  }
  const __m256i top = _mm256_set1_epi32(INT32_MIN);
  const __m256i x = _mm256_xor_si256(sum, top);
  const __m256i high = tinyml_high_sums(_mm256_xor_si256(_mm256_sllv_epi32(x, tinyml_load_int32(q->left)), top), q);
  const __m256i shifted = _mm256_srav_epi32(_mm256_add_epi32(high, _mm256_srai_epi32(x, 31)), tinyml_load_int32(q->right));
  const __m256i rounded = _mm256_srai_epi32(_mm256_add_epi32(shifted, _mm256_set1_epi32(1)), 1);
  return _mm256_blendv_epi8(high, rounded, tinyml_load_int32(q->rounds));
}

typedef struct {
  __m256i zero_point, min, max;
} tinyml_output;

TINYML_INLINE tinyml_output tinyml_output_of(int32_t zero_point, int32_t min, int32_t max) {
  const tinyml_output output = {_mm256_set1_epi16((int16_t)zero_point), _mm256_set1_epi8((int8_t)min),
                                _mm256_set1_epi8((int8_t)max)};
  return output;
}

TINYML_INLINE __m256i tinyml_clamp_bytes(__m256i bytes, const tinyml_output *output) {
  return _mm256_min_epi8(_mm256_max_epi8(bytes, output->min), output->max);
}

/* Four vectors to bytes of which every 128 bits hold those of each. */
TINYML_INLINE __m256i tinyml_pack_bytes(const __m256i v[4], const tinyml_output *output) {
  const __m256i ab = _mm256_adds_epi16(_mm256_packs_epi32(v[0], v[1]), output->zero_point);
  const __m256i cd = _mm256_adds_epi16(_mm256_packs_epi32(v[2], v[3]), output->zero_point);
  return tinyml_clamp_bytes(_mm256_packs_epi16(ab, cd), output);
}

/* Sums of interleaved words, requantised, to 32 outputs in order. */
TINYML_INLINE __m256i tinyml_narrow_parts(const __m256i v[4], const tinyml_output *output) {
  return _mm256_permute4x64_epi64(tinyml_pack_bytes(v, output), 0xd8);
}

/* Four vectors of requantised sums to 32 outputs, in order. */
TINYML_INLINE __m256i tinyml_narrow(const __m256i v[4], const tinyml_output *output) {
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  return _mm256_permutevar8x32_epi32(tinyml_pack_bytes(v, output), order);
}

TINYML_INLINE __m256i tinyml_load_bytes(const int8_t *from) {
  return _mm256_loadu_si256((const void *)from);
}

TINYML_INLINE void tinyml_store_bytes(int8_t *to, __m256i bytes) {
  _mm256_storeu_si256((void *)to, bytes);
}

TINYML_INLINE void tinyml_store_quarter(int8_t *to, __m256i bytes, const int32_t number) {
  const __m128i half = number < 2 ? _mm256_castsi256_si128(bytes) : _mm256_extracti128_si256(bytes, 1);
  const int64_t quarter = number % 2 == 0 ? _mm_cvtsi128_si64(half) : _mm_extract_epi64(half, 1);
  memcpy(to, &quarter, sizeof(quarter));
}

TINYML_INLINE __m256i tinyml_load_sums(const int32_t *from) {
  return _mm256_loadu_si256((const void *)from);
}

TINYML_INLINE void tinyml_store_sums(int32_t *to, __m256i sums) {
  _mm256_storeu_si256((void *)to, sums);
}

/* Sums of interleaved words, in the order of their elements. */
TINYML_INLINE void tinyml_store_parts(int32_t *to, const __m256i v[4]) {
  TINYML_UNROLL
  for (int32_t i = 0; i < 4; i += 2) {
    tinyml_store_sums(to + 8 * i, _mm256_permute2x128_si256(v[i], v[i + 1], 0x20));
    tinyml_store_sums(to + 8 * i + 8, _mm256_permute2x128_si256(v[i], v[i + 1], 0x31));
  }
}

TINYML_INLINE __m256i tinyml_max_bytes(__m256i a, __m256i b) {
  return _mm256_max_epi8(a, b);
}

TINYML_INLINE __m256i tinyml_set_bytes(int8_t value) {
  return _mm256_set1_epi8(value);
}

/* |a - b| of int8, as uint8; the greater of uint8; 1 where a uint8 is above another, else 0. */
TINYML_INLINE __m256i tinyml_distance(__m256i a, __m256i b) {
  return _mm256_sub_epi8(_mm256_max_epi8(a, b), _mm256_min_epi8(a, b));
}
TINYML_INLINE __m256i tinyml_max_unsigned(__m256i a, __m256i b) {
  return _mm256_max_epu8(a, b);
}
TINYML_INLINE __m256i tinyml_is_above(__m256i a, __m256i threshold) {
  return _mm256_min_epu8(_mm256_subs_epu8(a, threshold), _mm256_set1_epi8(1));
}

TINYML_INLINE __m256i tinyml_and_bytes(__m256i a, __m256i b) {
  return _mm256_and_si256(a, b);
}

/* Half a vector from each of two places. */
TINYML_INLINE __m256i tinyml_load_halves(const int8_t *a, const int8_t *b) {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const void *)a)),
                                 _mm_loadu_si128((const void *)b), 1);
}

/* Adds uint8, of which several go into each sum. */
TINYML_INLINE __m256i tinyml_add_bytes(__m256i sums, __m256i bytes) {
  return _mm256_add_epi32(sums, _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
}

/* The totals of three vectors of sums, and 0. */
TINYML_INLINE void tinyml_totals(int32_t to[4], __m256i a, __m256i b, __m256i c) {
  const __m256i pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, _mm256_setzero_si256()));
  _mm_storeu_si128((void *)to, _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1)));
}

/* The greatest of all uint8: PHMINPOSUW finds the least, of words. */
TINYML_INLINE int32_t tinyml_greatest(__m256i bytes) {
  const __m128i most = _mm_max_epu8(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
  const __m128i least = _mm_xor_si128(most, _mm_set1_epi8(-1));
  const __m128i words = _mm_min_epu8(_mm_and_si128(least, _mm_set1_epi16(255)), _mm_srli_epi16(least, 8));
  return 255 - _mm_extract_epi16(_mm_minpos_epu16(words), 0);
}

#include "some_bytes.h"

#endif
