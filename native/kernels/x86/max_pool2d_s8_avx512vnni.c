#include "../generic/tinyml_window.h"
#include "tinyml_avx512.h"
#include "../tinyml_functions.h"

enum { WIDTH = 64 };

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const tinyml_max_pool2d_s8_params p = *(const tinyml_max_pool2d_s8_params *)of;
  const int8_t *input = operands[0];
  int8_t *output = operands[1];
  (void)packed;
  (void)scratch;
  const __m512i min = _mm512_set1_epi8((int8_t)p.act_min), max = _mm512_set1_epi8((int8_t)p.act_max);
  for (int32_t position = 0; position < p.batch * p.out_h * p.out_w; position++) {
    const int32_t row = position / p.out_w;
    const int32_t x = position % p.out_w * p.stride_w - p.pad_left, y = row % p.out_h * p.stride_h - p.pad_top;
    const tinyml_taps kx = tinyml_valid_taps(x, p.dilation_w, p.kernel_w, p.in_w);
    const tinyml_taps ky = tinyml_valid_taps(y, p.dilation_h, p.kernel_h, p.in_h);
    const int8_t *from = input + (((row / p.out_h) * p.in_h + y + ky.first * p.dilation_h) * p.in_w + x +
                                  kx.first * p.dilation_w) *
                                     p.channels;
    for (int32_t c = 0; c < p.channels; c += WIDTH) {
      const __mmask64 present = tinyml_first_bytes(p.channels - c);
      __m512i best = _mm512_set1_epi8(INT8_MIN);
      for (int32_t k = 0; k < ky.end - ky.first; k++) {
        const int8_t *at = from + (int64_t)k * p.dilation_h * p.in_w * p.channels + c;
        for (int32_t i = kx.first; i < kx.end; i++, at += p.dilation_w * p.channels) {
          best = _mm512_max_epi8(best, _mm512_mask_loadu_epi8(best, present, at));
        }
      }
      _mm512_mask_storeu_epi8(output + c, present, _mm512_min_epi8(_mm512_max_epi8(best, min), max));
    }
    output += p.channels;
  }
}

const tinyml_functions tinyml_max_pool2d_s8_avx512vnni = {NULL, NULL, NULL, NULL, run};
