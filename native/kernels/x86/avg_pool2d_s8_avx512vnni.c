#include "../generic/tinyml_window.h"
#include "tinyml_avx512.h"
#include "../tinyml_functions.h"

/* sum / count rounded half away from zero, in double: exact, because the quotient of two numbers below 2^31 that is no
 * integer is further from the next than a double's rounding. */
TINYML_INLINE __m512i divide(__m512i sum, int32_t count) {
  const __m512i half = _mm512_set1_epi32(count / 2);
  const __mmask16 positive = _mm512_cmpgt_epi32_mask(sum, _mm512_setzero_si512());
  const __m512i dividend = _mm512_mask_add_epi32(_mm512_sub_epi32(sum, half), positive, sum, half);
  const __m512d divisor = _mm512_set1_pd(count);
  const __m256i low = _mm512_cvttpd_epi32(_mm512_div_pd(_mm512_cvtepi32_pd(_mm512_castsi512_si256(dividend)), divisor));
  const __m256i high =
      _mm512_cvttpd_epi32(_mm512_div_pd(_mm512_cvtepi32_pd(_mm512_extracti64x4_epi64(dividend, 1)), divisor));
  return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const tinyml_avg_pool2d_s8_params p = *(const tinyml_avg_pool2d_s8_params *)of;
  const int8_t *input = operands[0];
  int8_t *output = operands[1];
  (void)packed;
  (void)scratch;
  const __m512i min = _mm512_set1_epi32(p.act_min), max = _mm512_set1_epi32(p.act_max);
  for (int32_t position = 0; position < p.batch * p.out_h * p.out_w; position++) {
    const int32_t row = position / p.out_w;
    const int32_t x = position % p.out_w * p.stride_w - p.pad_left, y = row % p.out_h * p.stride_h - p.pad_top;
    const tinyml_taps kx = tinyml_valid_taps(x, 1, p.kernel_w, p.in_w);
    const tinyml_taps ky = tinyml_valid_taps(y, 1, p.kernel_h, p.in_h);
    const int32_t rows = ky.end - ky.first, columns = kx.end - kx.first;
    const int32_t padding = p.count_include_pad ? p.kernel_h * p.kernel_w - rows * columns : 0;
    const int8_t *from = input + (((row / p.out_h) * p.in_h + y + ky.first) * p.in_w + x + kx.first) * p.channels;
    for (int32_t c = 0; c < p.channels; c += TINYML_LANES) {
      const __mmask16 present = (__mmask16)tinyml_first_bytes(p.channels - c);
      __m512i sum = _mm512_set1_epi32(-p.input_offset * padding);
      for (int32_t k = 0; k < rows; k++) {
        const int8_t *at = from + (int64_t)k * p.in_w * p.channels + c;
        for (int32_t i = 0; i < columns; i++, at += p.channels) {
          sum = _mm512_add_epi32(sum, _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(present, at)));
        }
      }
      const __m512i mean = divide(sum, rows * columns + padding);
      const __m512i clamped = _mm512_min_epi32(_mm512_max_epi32(mean, min), max);
      _mm_mask_storeu_epi8(output + c, present, _mm512_cvtepi32_epi8(clamped));
    }
    output += p.channels;
  }
}

const tinyml_functions tinyml_avg_pool2d_s8_avx512vnni = {NULL, NULL, NULL, NULL, run};
