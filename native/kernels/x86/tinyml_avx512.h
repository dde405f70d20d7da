/* Vectors of 512 bits: copies, and accumulators to int8 outputs. */
#ifndef TINYML_X86_AVX512_H
#define TINYML_X86_AVX512_H

#include <immintrin.h>

#include "tinyml_requantise.h"

#define TINYML_INLINE static inline __attribute__((always_inline))

/* What turns requantised sums into outputs, the same for all channels. */
typedef struct {
  __m512i zero_point; /* int16 */
  __m512i min, max;   /* int8 */
  bool quick;
} tinyml_output;

TINYML_INLINE tinyml_output tinyml_output_of(int32_t zero_point, int32_t min, int32_t max, bool quick) {
  const tinyml_output output = {_mm512_set1_epi16((int16_t)zero_point), _mm512_set1_epi8((int8_t)min),
                                _mm512_set1_epi8((int8_t)max), quick};
  return output;
}

/* Bits of the first `count` of 64 bytes; count may be more. */
TINYML_INLINE __mmask64 tinyml_first_bytes(int64_t count) {
  return count >= 64 ? ~UINT64_C(0) : count <= 0 ? 0 : ~UINT64_C(0) >> (64 - count);
}

/* to[i] = from[i] + 128 as uint8. */
TINYML_INLINE void tinyml_copy_unsigned(uint8_t *to, const int8_t *from, int64_t bytes) {
  const __m512i flip = _mm512_set1_epi8(INT8_MIN);
  int64_t i = 0;
  for (; i + 64 <= bytes; i += 64) {
    _mm512_storeu_si512(to + i, _mm512_xor_si512(_mm512_loadu_si512(from + i), flip));
  }
  if (i < bytes) {
    const __mmask64 rest = tinyml_first_bytes(bytes - i);
    _mm512_mask_storeu_epi8(to + i, rest, _mm512_xor_si512(_mm512_maskz_loadu_epi8(rest, from + i), flip));
  }
}

/* The same for `count` pixels of `bytes` each, `step` bytes apart in the source and side by side in the target. */
TINYML_INLINE void tinyml_copy_pixels(uint8_t *to, const int8_t *from, int64_t count, int64_t bytes, int64_t step) {
  const __m512i flip = _mm512_set1_epi8(INT8_MIN);
  if (bytes == step) {
    tinyml_copy_unsigned(to, from, count * bytes);
  } else if (bytes == 8) {
    for (int64_t i = 0; i < count; i++) {
      const __m128i pixel = _mm_loadl_epi64((const void *)(from + i * step));
      _mm_storel_epi64((void *)(to + i * 8), _mm_xor_si128(pixel, _mm512_castsi512_si128(flip)));
    }
  } else if (bytes == 16) {
    for (int64_t i = 0; i < count; i++) {
      const __m128i pixel = _mm_loadu_si128((const void *)(from + i * step));
      _mm_storeu_si128((void *)(to + i * 16), _mm_xor_si128(pixel, _mm512_castsi512_si128(flip)));
    }
  } else if (bytes == 32) {
    for (int64_t i = 0; i < count; i++) {
      const __m256i pixel = _mm256_loadu_si256((const void *)(from + i * step));
      _mm256_storeu_si256((void *)(to + i * 32), _mm256_xor_si256(pixel, _mm512_castsi512_si256(flip)));
    }
  } else {
    for (int64_t i = 0; i < count; i++) tinyml_copy_unsigned(to + i * bytes, from + i * step, bytes);
  }
}

/* How many of `count` columns first, first + stride, ... are left of a row of `width`, then how many inside it. */
typedef struct {
  int64_t left, inside;
} tinyml_columns;

TINYML_INLINE tinyml_columns tinyml_split_columns(int64_t first, int64_t stride, int64_t count, int64_t width) {
  const int64_t before = first < 0 ? (-first + stride - 1) / stride : 0;
  const int64_t end = first < width ? (width - 1 - first) / stride + 1 : 0;
  const int64_t left = before < count ? before : count, last = end < count ? end : count;
  const tinyml_columns columns = {left, last > left ? last - left : 0};
  return columns;
}

/* high32 of 16 products plus addends, even channels from one vector of 64-bit sums and odd from another. */
TINYML_INLINE __m512i tinyml_high_sums(__m512i unsigned_sum, const tinyml_requantisation *q) {
  const __m512i odd_sum = _mm512_srli_epi64(unsigned_sum, 32);
  const __m512i even = _mm512_add_epi64(_mm512_mul_epu32(unsigned_sum, _mm512_load_si512(q->multiplier[0])),
                                        _mm512_load_si512(q->addend[0]));
  const __m512i odd = _mm512_add_epi64(_mm512_mul_epu32(odd_sum, _mm512_load_si512(q->multiplier[1])),
                                       _mm512_load_si512(q->addend[1]));
  return _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
}

/* Requantises 16 sums that are 2^31 too large. */
TINYML_INLINE __m512i tinyml_requantise_lanes(__m512i sum, const tinyml_requantisation *q, bool quick) {
  if (quick) {
    const __m512i high = tinyml_high_sums(sum, q);
    const __m512i not_negative = _mm512_and_si512(_mm512_srai_epi32(sum, 31), _mm512_load_si512(q->rounds));
    return _mm512_srav_epi32(_mm512_sub_epi32(high, not_negative), _mm512_load_si512(q->right));
  }
  const __m512i top = _mm512_set1_epi32(INT32_MIN);
  const __m512i x = _mm512_xor_si512(sum, top);
  const __m512i high = tinyml_high_sums(_mm512_xor_si512(_mm512_sllv_epi32(x, _mm512_load_si512(q->left)), top), q);
  const __m512i shifted = _mm512_srav_epi32(_mm512_add_epi32(high, _mm512_srai_epi32(x, 31)), _mm512_load_si512(q->right));
  const __m512i rounded = _mm512_srai_epi32(_mm512_add_epi32(shifted, _mm512_set1_epi32(1)), 1);
  return _mm512_mask_blend_epi32(_mm512_movepi32_mask(_mm512_load_si512(q->rounds)), high, rounded);
}

/* Four vectors of 16 requantised sums to 64 outputs; 128-bit lane k of the result has channels 4k to 4k + 3 of each. */
TINYML_INLINE __m512i tinyml_narrow(__m512i a, __m512i b, __m512i c, __m512i d, const tinyml_output *output) {
  const __m512i ab = _mm512_adds_epi16(_mm512_packs_epi32(a, b), output->zero_point);
  const __m512i cd = _mm512_adds_epi16(_mm512_packs_epi32(c, d), output->zero_point);
  return _mm512_min_epi8(_mm512_max_epi8(_mm512_packs_epi16(ab, cd), output->min), output->max);
}

#endif
