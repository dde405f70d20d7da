/* Vectors of 512 bits: 16 sums, words of four bytes. VPDPBUSD multiplies unsigned by signed bytes, so images hold inputs
 * plus 128. */
#ifndef TINYML_SIMD_VEC_H
#define TINYML_SIMD_VEC_H

#include <immintrin.h>

#define TINYML_NAME(kernel) tinyml_##kernel##_avx512vnni

enum { TINYML_LANES = 16, TINYML_WORD = 4, TINYML_CHUNK = 1 };

#include "requantize_x86.h"

typedef uint8_t tinyml_element;
typedef __m512i tinyml_vec, tinyml_words, tinyml_bytes;

/* Most pixels in each of the two rows of a tile, by blocks of output channels. */
#define TINYML_MAX_PIXELS {0, 8, 7}

TINYML_INLINE int32_t tinyml_image_offset(int32_t input_offset) {
  (void)input_offset;
  return 128;
}

/* Bits of the first `count` of 64 bytes; count may be more. */
TINYML_INLINE __mmask64 tinyml_first_bytes(ptrdiff_t count) {
  return count >= 64 ? ~UINT64_C(0) : count <= 0 ? 0 : ~UINT64_C(0) >> (64 - count);
}

/* to[i] = from[i] + 128. */
TINYML_INLINE void tinyml_copy_elements(uint8_t *to, const int8_t *from, ptrdiff_t count, int32_t offset) {
  const __m512i flip = _mm512_set1_epi8(INT8_MIN);
  (void)offset;
  switch (count) {
    case 8: {
      const __m128i x = _mm_loadl_epi64((const void *)from);
      _mm_storel_epi64((void *)to, _mm_xor_si128(x, _mm512_castsi512_si128(flip)));
      return;
    }
    case 16: {
      const __m128i x = _mm_loadu_si128((const void *)from);
      _mm_storeu_si128((void *)to, _mm_xor_si128(x, _mm512_castsi512_si128(flip)));
      return;
    }
    case 32: {
      const __m256i x = _mm256_loadu_si256((const void *)from);
      _mm256_storeu_si256((void *)to, _mm256_xor_si256(x, _mm512_castsi512_si256(flip)));
      return;
    }
    default:
      break;
  }
  ptrdiff_t i = 0;
  for (; i + 64 <= count; i += 64) {
    _mm512_storeu_si512(to + i, _mm512_xor_si512(_mm512_loadu_si512(from + i), flip));
  }
  if (i < count) {
    const __mmask64 rest = tinyml_first_bytes(count - i);
    _mm512_mask_storeu_epi8(to + i, rest, _mm512_xor_si512(_mm512_maskz_loadu_epi8(rest, from + i), flip));
  }
}

/* The first up to 64 elements of each of some rows: no branches for what is left of a row. */
#define TINYML_COPIES_PIECES
TINYML_INLINE void tinyml_copy_pieces(uint8_t *to, int64_t to_step, const int8_t *from, int64_t step, int64_t rows,
                                      int64_t count, int32_t offset) {
  const __m512i flip = _mm512_set1_epi8(INT8_MIN);
  const __mmask64 piece = tinyml_first_bytes((ptrdiff_t)count);
  (void)offset;
  for (; rows > 0; rows--, to += to_step, from += step) {
    _mm512_mask_storeu_epi8(to, piece, _mm512_xor_si512(_mm512_maskz_loadu_epi8(piece, from), flip));
  }
}

/* Words of 64 elements of four rows, in the order of unpacking: see tinyml_output_index. */
TINYML_INLINE void tinyml_interleave(__m512i words[4], const uint8_t *const rows[TINYML_WORD], ptrdiff_t at) {
  const __m512i a = _mm512_loadu_si512(rows[0] + at), b = _mm512_loadu_si512(rows[1] + at);
  const __m512i c = _mm512_loadu_si512(rows[2] + at), d = _mm512_loadu_si512(rows[3] + at);
  const __m512i ab_low = _mm512_unpacklo_epi8(a, b), ab_high = _mm512_unpackhi_epi8(a, b);
  const __m512i cd_low = _mm512_unpacklo_epi8(c, d), cd_high = _mm512_unpackhi_epi8(c, d);
  words[0] = _mm512_unpacklo_epi16(ab_low, cd_low);
  words[1] = _mm512_unpackhi_epi16(ab_low, cd_low);
  words[2] = _mm512_unpacklo_epi16(ab_high, cd_high);
  words[3] = _mm512_unpackhi_epi16(ab_high, cd_high);
}

/* Which of 64 interleaved elements is in a lane of words[part], and where its elements are. */
TINYML_INLINE int32_t tinyml_output_index(int32_t part, int32_t lane) {
  return lane / 4 * 16 + part * 4 + lane % 4;
}
TINYML_INLINE int32_t tinyml_part_index(int32_t lane, int32_t element) {
  return lane * TINYML_WORD + element;
}

TINYML_INLINE int32_t tinyml_weight_index(int32_t lane, int32_t element) {
  return lane * TINYML_WORD + element;
}

TINYML_INLINE __m512i tinyml_load_weights(const int8_t *from) {
  return _mm512_load_si512(from);
}

TINYML_INLINE __m512i tinyml_load_words(const uint8_t *from) {
  return _mm512_loadu_si512(from);
}

TINYML_INLINE __m512i tinyml_broadcast(const uint8_t *from) {
  int32_t word;
  memcpy(&word, from, sizeof(word));
  return _mm512_set1_epi32(word);
}

TINYML_INLINE __m512i tinyml_multiply_add(__m512i sum, __m512i x, __m512i weights) {
  return _mm512_dpbusd_epi32(sum, x, weights);
}

/* Words are broadcast from memory one by one. */
typedef const uint8_t *tinyml_chunk;
TINYML_INLINE tinyml_chunk tinyml_load_chunk(const uint8_t *from) {
  return from;
}
TINYML_INLINE tinyml_vec tinyml_multiply_add_chunk(tinyml_vec sum, tinyml_chunk chunk, const int32_t word,
                                                   tinyml_words weights) {
  return tinyml_multiply_add(sum, tinyml_broadcast(chunk + word * TINYML_WORD), weights);
}

TINYML_INLINE __m512i tinyml_zero(void) {
  return _mm512_setzero_si512();
}

TINYML_INLINE __m512i tinyml_set(int32_t value) {
  return _mm512_set1_epi32(value);
}

TINYML_INLINE __m512i tinyml_add(__m512i a, __m512i b) {
  return _mm512_add_epi32(a, b);
}

TINYML_INLINE __m512i tinyml_subtract(__m512i a, __m512i b) {
  return _mm512_sub_epi32(a, b);
}

TINYML_INLINE __m512i tinyml_xor(__m512i a, __m512i b) {
  return _mm512_xor_si512(a, b);
}

TINYML_INLINE __m512i tinyml_shift_left(__m512i a, int32_t bits) {
  return _mm512_sll_epi32(a, _mm_cvtsi32_si128(bits));
}

/* 16 int8 as int32. */
TINYML_INLINE __m512i tinyml_widen(const int8_t *from) {
  return _mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)from));
}

/* Quotients in double, towards zero: exact, because the quotient of two numbers below 2^31 that is no integer is further
 * from the next than a double's rounding. */
TINYML_INLINE __m512i tinyml_divide(__m512i dividend, int32_t divisor) {
  const __m512d by = _mm512_set1_pd(divisor);
  const __m512d low = _mm512_cvtepi32_pd(_mm512_castsi512_si256(dividend));
  const __m512d high = _mm512_cvtepi32_pd(_mm512_extracti64x4_epi64(dividend, 1));
  const __m256i low_quotient = _mm512_cvttpd_epi32(_mm512_div_pd(low, by));
  return _mm512_inserti64x4(_mm512_castsi256_si512(low_quotient), _mm512_cvttpd_epi32(_mm512_div_pd(high, by)), 1);
}

/* -1 where negative, else 0. */
TINYML_INLINE __m512i tinyml_sign(__m512i a) {
  return _mm512_srai_epi32(a, 31);
}

TINYML_INLINE __m512i tinyml_load_bias(const tinyml_requantization *q) {
  return _mm512_load_si512(q->bias);
}

/* high32 of 16 products plus addends, even channels from one vector of 64-bit sums and odd from another. */
TINYML_INLINE __m512i tinyml_high_sums(__m512i unsigned_sum, const tinyml_requantization *q) {
  const __m512i odd_sum = _mm512_srli_epi64(unsigned_sum, 32);
  const __m512i even = _mm512_add_epi64(_mm512_mul_epu32(unsigned_sum, _mm512_load_si512(q->multiplier[0])),
                                        _mm512_load_si512(q->addend[0]));
  const __m512i odd = _mm512_add_epi64(_mm512_mul_epu32(odd_sum, _mm512_load_si512(q->multiplier[1])),
                                       _mm512_load_si512(q->addend[1]));
  return _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
}

/* Requantises sums that began with the bias. */
TINYML_INLINE __m512i tinyml_requantize_vec(__m512i sum, const tinyml_requantization *q, const bool quick) {
  if (quick) {
    const __m512i high = tinyml_high_sums(sum, q);
    const __mmask16 not_negative = _mm512_movepi32_mask(sum);
    const __m512i tied = _mm512_mask_sub_epi32(high, not_negative, high, _mm512_load_si512(q->rounds));
    return _mm512_srav_epi32(tied, _mm512_load_si512(q->right));
  }
  const __m512i top = _mm512_set1_epi32(INT32_MIN);
  const __m512i x = _mm512_xor_si512(sum, top);
  const __m512i high = tinyml_high_sums(_mm512_xor_si512(_mm512_sllv_epi32(x, _mm512_load_si512(q->left)), top), q);
  const __m512i shifted = _mm512_srav_epi32(_mm512_add_epi32(high, _mm512_srai_epi32(x, 31)), _mm512_load_si512(q->right));
  const __m512i rounded = _mm512_srai_epi32(_mm512_add_epi32(shifted, _mm512_set1_epi32(1)), 1);
  return _mm512_mask_blend_epi32(_mm512_movepi32_mask(_mm512_load_si512(q->rounds)), high, rounded);
}

/* Zero point as int16, clamp as int8. */
typedef struct {
  __m512i zero_point, min, max;
} tinyml_output;

TINYML_INLINE tinyml_output tinyml_output_of(int32_t zero_point, int32_t min, int32_t max) {
  const tinyml_output output = {_mm512_set1_epi16((int16_t)zero_point), _mm512_set1_epi8((int8_t)min),
                                _mm512_set1_epi8((int8_t)max)};
  return output;
}

TINYML_INLINE __m512i tinyml_clamp_bytes(__m512i bytes, const tinyml_output *output) {
  return _mm512_min_epi8(_mm512_max_epi8(bytes, output->min), output->max);
}

/* Sums of interleaved words, requantised, to 64 outputs in order. */
TINYML_INLINE __m512i tinyml_narrow_parts(const __m512i v[4], const tinyml_output *output) {
  const __m512i ab = _mm512_adds_epi16(_mm512_packs_epi32(v[0], v[1]), output->zero_point);
  const __m512i cd = _mm512_adds_epi16(_mm512_packs_epi32(v[2], v[3]), output->zero_point);
  return tinyml_clamp_bytes(_mm512_packs_epi16(ab, cd), output);
}

/* Four vectors of requantised sums to 64 outputs, in order. */
TINYML_INLINE __m512i tinyml_narrow(const __m512i v[4], const tinyml_output *output) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_permutexvar_epi32(order, tinyml_narrow_parts(v, output));
}

TINYML_INLINE __m512i tinyml_load_bytes(const int8_t *from) {
  return _mm512_loadu_si512(from);
}

/* The first `count` bytes, and zeros. */
TINYML_INLINE __m512i tinyml_load_some_bytes(const int8_t *from, ptrdiff_t count) {
  return _mm512_maskz_loadu_epi8(tinyml_first_bytes(count), from);
}

TINYML_INLINE void tinyml_store_bytes(int8_t *to, __m512i bytes) {
  _mm512_storeu_si512(to, bytes);
}

TINYML_INLINE void tinyml_store_some_bytes(int8_t *to, __m512i bytes, ptrdiff_t count) {
  _mm512_mask_storeu_epi8(to, tinyml_first_bytes(count), bytes);
}

TINYML_INLINE __m128i tinyml_quarter(__m512i bytes, const int32_t number) {
  switch (number) {
    case 0:
      return _mm512_castsi512_si128(bytes);
    case 1:
      return _mm512_extracti32x4_epi32(bytes, 1);
    case 2:
      return _mm512_extracti32x4_epi32(bytes, 2);
    default:
      return _mm512_extracti32x4_epi32(bytes, 3);
  }
}

TINYML_INLINE void tinyml_store_quarter(int8_t *to, __m512i bytes, const int32_t number) {
  _mm_storeu_si128((void *)to, tinyml_quarter(bytes, number));
}

/* The first so many of 16 bytes. */
typedef __mmask16 tinyml_part;

TINYML_INLINE tinyml_part tinyml_part_of(int32_t count) {
  return (tinyml_part)((1u << count) - 1);
}

TINYML_INLINE void tinyml_store_part(int8_t *to, __m512i bytes, const int32_t number, tinyml_part part) {
  _mm_mask_storeu_epi8(to, part, tinyml_quarter(bytes, number));
}

TINYML_INLINE __m512i tinyml_load_sums(const int32_t *from) {
  return _mm512_loadu_si512(from);
}

TINYML_INLINE void tinyml_store_sums(int32_t *to, __m512i sums) {
  _mm512_storeu_si512(to, sums);
}

TINYML_INLINE void tinyml_store_some_sums(int32_t *to, __m512i sums, tinyml_part part) {
  _mm512_mask_storeu_epi32(to, part, sums);
}

/* Sums of interleaved words, in the order of their elements. */
TINYML_INLINE void tinyml_store_parts(int32_t *to, const __m512i v[4]) {
  const __m512i ab_low = _mm512_shuffle_i32x4(v[0], v[1], 0x44), ab_high = _mm512_shuffle_i32x4(v[0], v[1], 0xee);
  const __m512i cd_low = _mm512_shuffle_i32x4(v[2], v[3], 0x44), cd_high = _mm512_shuffle_i32x4(v[2], v[3], 0xee);
  _mm512_storeu_si512(to, _mm512_shuffle_i32x4(ab_low, cd_low, 0x88));
  _mm512_storeu_si512(to + 16, _mm512_shuffle_i32x4(ab_low, cd_low, 0xdd));
  _mm512_storeu_si512(to + 32, _mm512_shuffle_i32x4(ab_high, cd_high, 0x88));
  _mm512_storeu_si512(to + 48, _mm512_shuffle_i32x4(ab_high, cd_high, 0xdd));
}

TINYML_INLINE __m512i tinyml_max_bytes(__m512i a, __m512i b) {
  return _mm512_max_epi8(a, b);
}

TINYML_INLINE __m512i tinyml_set_bytes(int8_t value) {
  return _mm512_set1_epi8(value);
}

/* |a - b| of int8, as uint8; the greater of uint8; 1 where a uint8 is above another, else 0. */
TINYML_INLINE __m512i tinyml_distance(__m512i a, __m512i b) {
  return _mm512_sub_epi8(_mm512_max_epi8(a, b), _mm512_min_epi8(a, b));
}
TINYML_INLINE __m512i tinyml_max_unsigned(__m512i a, __m512i b) {
  return _mm512_max_epu8(a, b);
}
TINYML_INLINE __m512i tinyml_is_above(__m512i a, __m512i threshold) {
  return _mm512_min_epu8(_mm512_subs_epu8(a, threshold), _mm512_set1_epi8(1));
}

TINYML_INLINE __m512i tinyml_and_bytes(__m512i a, __m512i b) {
  return _mm512_and_si512(a, b);
}

/* Half a vector from each of two places. */
TINYML_INLINE __m512i tinyml_load_halves(const int8_t *a, const int8_t *b) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const void *)a)),
                            _mm256_loadu_si256((const void *)b), 1);
}

/* Adds uint8, of which several go into each sum. */
TINYML_INLINE __m512i tinyml_add_bytes(__m512i sums, __m512i bytes) {
  return _mm512_add_epi32(sums, _mm512_sad_epu8(bytes, _mm512_setzero_si512()));
}

/* Both halves of a vector of sums, added. */
TINYML_INLINE __m256i tinyml_fold(__m512i v) {
  return _mm256_add_epi32(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
}

/* The totals of three vectors of sums, and 0. */
TINYML_INLINE void tinyml_totals(int32_t to[4], __m512i a, __m512i b, __m512i c) {
  const __m256i ab = _mm256_hadd_epi32(tinyml_fold(a), tinyml_fold(b));
  const __m256i pairs = _mm256_hadd_epi32(ab, _mm256_hadd_epi32(tinyml_fold(c), _mm256_setzero_si256()));
  _mm_storeu_si128((void *)to, _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1)));
}

/* The greatest of all uint8: PHMINPOSUW finds the least, of words. */
TINYML_INLINE int32_t tinyml_greatest(__m512i bytes) {
  const __m256i half = _mm256_max_epu8(_mm512_castsi512_si256(bytes), _mm512_extracti64x4_epi64(bytes, 1));
  const __m128i most = _mm_max_epu8(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  const __m128i least = _mm_xor_si128(most, _mm_set1_epi8(-1));
  const __m128i words = _mm_min_epu8(_mm_and_si128(least, _mm_set1_epi16(255)), _mm_srli_epi16(least, 8));
  return 255 - _mm_extract_epi16(_mm_minpos_epu16(words), 0);
}

#endif
