#include <string.h>

#include "../tinyml_kernels.h"

/* Whatever is written has been read before: words at a time move as bytes do. */

static inline uint32_t word_at(const int8_t *from) {
  uint32_t word;
  memcpy(&word, from, sizeof(word));
  return word;
}

static inline void set_word(int8_t *to, uint32_t word) { memcpy(to, &word, sizeof(word)); }

void tinyml_shift_s8(const tinyml_shift_s8_params *params, int8_t *buffer, void *scratch) {
  (void)scratch;
  int8_t *to = buffer;
  const int8_t *from = buffer + params->from, *end = from + params->size;
#if defined(__GNUC__) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
  if ((((uintptr_t)to | (uintptr_t)from) & 3) == 0) {
    int32_t eights = params->size >> 5;
    if (eights > 0) {
      __asm volatile(
          ".syntax unified\n"
          "1:\n"
          "ldmia %1!, {r3-r6}\n"
          "stmia %0!, {r3-r6}\n"
          "ldmia %1!, {r3-r6}\n"
          "stmia %0!, {r3-r6}\n"
          "subs %2, %2, #1\n"
          "bne 1b\n"
          : "+l"(to), "+l"(from), "+l"(eights)
          :
          : "r3", "r4", "r5", "r6", "cc", "memory");
    }
    for (const int8_t *words = from + (params->size & 28); from != words; from += 4, to += 4) {
      set_word(__builtin_assume_aligned(to, 4), word_at(__builtin_assume_aligned(from, 4)));
    }
  }
#endif
#if !defined(__arm__) || defined(__ARM_FEATURE_UNALIGNED)
  for (; end - from >= 16; from += 16, to += 16) {
    const uint32_t a = word_at(from), b = word_at(from + 4), c = word_at(from + 8), d = word_at(from + 12);
    set_word(to, a);
    set_word(to + 4, b);
    set_word(to + 8, c);
    set_word(to + 12, d);
  }
#endif
  while (from != end) *to++ = *from++;
}
