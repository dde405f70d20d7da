#include "../tinyml_kernels.h"
#include "tinyml_sixteen_bytes.h"

/* Whatever is written has been read before: words at a time move as bytes do. */
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
      tinyml_set_word(__builtin_assume_aligned(to, 4), tinyml_word_at(__builtin_assume_aligned(from, 4)));
    }
  }
#endif
#if !defined(__arm__) || defined(__ARM_FEATURE_UNALIGNED)
  for (; end - from >= 16; from += 16, to += 16) tinyml_move_sixteen(to, from);
#endif
  while (from != end) *to++ = *from++;
}
