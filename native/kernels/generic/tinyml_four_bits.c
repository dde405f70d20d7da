#include "tinyml_four_bits.h"

#include <string.h>

#if defined(__ARM_FEATURE_MVE)
#include "../mve/tinyml_four_bits.c"
#else

/* Codes plus 8, four in a word, times a factor, minus 8 factors in each byte: no product passes 225, and nothing is carried. */
static inline uint32_t scale(uint32_t codes, uint32_t factor) {
  const uint32_t products = codes * factor, zeros = 0x08080808u * factor;
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
  uint32_t weights;
  __asm("usub8 %0, %1, %2" : "=r"(weights) : "r"(products), "r"(zeros) : "cc");
  return weights;
#else
  return ((products | 0x80808080u) - zeros) ^ (~products & 0x80808080u);
#endif
}

void tinyml_unpack_rows(const tinyml_four_bits *weights, int32_t first, int32_t rows, uint32_t *to) {
  const int32_t row_size = weights->row_size, group = weights->group;
  const int8_t *codes = weights->codes + row_size / 2 * first;
  const int8_t *factors = weights->factors + ((row_size - 1) / group + 1) * first;
  for (; rows > 0; rows--) {
    for (int32_t left = row_size; left > 0; factors++) {
      const uint32_t factor = (uint32_t)*factors;
      const int32_t count = left < group ? left : group;
      for (int32_t run = count / TINYML_FOUR_BIT_RUN; run > 0; run--, codes += 4, to += 2) {
        uint32_t word;
        memcpy(&word, codes, sizeof(word));
        to[0] = scale(word & 0x0f0f0f0fu, factor);
        to[1] = scale(word >> 4 & 0x0f0f0f0fu, factor);
      }
      left -= count;
    }
  }
}
#endif
