/* Rows of bytes to words: what packing weights for every run needs to be fast. */
#ifndef TINYML_SIMD_ZIP_H
#define TINYML_SIMD_ZIP_H

#include "layer.h"

typedef int8_t tinyml_16_bytes __attribute__((vector_size(16)));

#define TINYML_ZIP_LOW(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define TINYML_ZIP_HIGH(a, b) \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

TINYML_INLINE tinyml_16_bytes tinyml_load_8_bytes(const int8_t *from) {
  typedef int64_t halves __attribute__((vector_size(16)));
  int64_t bytes;
  memcpy(&bytes, from, sizeof(bytes));
  return (tinyml_16_bytes)(halves){bytes, 0};
}

TINYML_INLINE tinyml_16_bytes tinyml_load_lanes(const int8_t *from) {
  tinyml_16_bytes v;
  if (TINYML_LANES < 16) return tinyml_load_8_bytes(from);
  memcpy(&v, from, sizeof(v));
  return v;
}

/* Packs TINYML_WORD rows of TINYML_LANES bytes, `step` apart, as a word of weights. */
TINYML_INLINE void tinyml_pack_word(int8_t *to, const int8_t *from, ptrdiff_t step) {
  if (tinyml_weight_index(1, 0) == 1) { /* rows stay rows */
    TINYML_UNROLL
    for (int32_t i = 0; i < TINYML_WORD; i++) memcpy(to + i * TINYML_LANES, from + i * step, TINYML_LANES);
    return;
  }
  tinyml_16_bytes even = tinyml_load_lanes(from), odd = tinyml_load_lanes(from + step);
  tinyml_16_bytes even_high = even, odd_high = odd;
  if (TINYML_WORD == 4) {
    const tinyml_16_bytes c = tinyml_load_lanes(from + 2 * step), d = tinyml_load_lanes(from + 3 * step);
    even_high = TINYML_ZIP_HIGH(even, c);
    odd_high = TINYML_ZIP_HIGH(odd, d);
    even = TINYML_ZIP_LOW(even, c);
    odd = TINYML_ZIP_LOW(odd, d);
  }
  const tinyml_16_bytes words[4] = {TINYML_ZIP_LOW(even, odd), TINYML_ZIP_HIGH(even, odd),
                                    TINYML_ZIP_LOW(even_high, odd_high), TINYML_ZIP_HIGH(even_high, odd_high)};
  memcpy(to, words, TINYML_LANES * TINYML_WORD);
}

#endif
