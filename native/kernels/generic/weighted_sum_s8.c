#include "../tinyml_kernels.h"
#include "tinyml_clamp_codes.h"
#include "tinyml_facts.h"
#include "tinyml_words.h"

/* Bits of a sum behind its code. */
enum { FRACTION = 22 };

#if defined(__ARM_FEATURE_MVE)
#include "../mve/weighted_sum_s8.h"
#elif defined(TINYML_WORDS_THUMB)
#include "../armv6m/weighted_sum_s8.h"
#else
/* Products and sums wrap. */
static inline int8_t code_of(const tinyml_weighted_sum_s8_params *p, int32_t a, int32_t b) {
#ifdef TINYML_WORDS_THUMB2
  int32_t code;
  __asm("mla %0, %1, %2, %5\n\tmla %0, %3, %4, %0\n\tssat %0, #8, %0, asr %6"
        : "=&r"(code)
        : "r"(a), "r"(p->factor1), "r"(b), "r"(p->factor2), "r"(p->bias), "I"(FRACTION));
  return (int8_t)code;
#else
  const uint32_t sum = (uint32_t)a * (uint32_t)p->factor1 + (uint32_t)b * (uint32_t)p->factor2 + (uint32_t)p->bias;
  return tinyml_saturate_s8((int32_t)sum >> FRACTION);
#endif
}

static void all_codes(const tinyml_weighted_sum_s8_params *params, const int8_t *a, const int8_t *b, int8_t *y) {
  const tinyml_weighted_sum_s8_params p = *params;
  int32_t rest = p.size;
  for (; rest >= 4; rest -= 4, a += 4, b += 4, y += 4) {
    y[0] = code_of(&p, a[0], b[0]);
    y[1] = code_of(&p, a[1], b[1]);
    y[2] = code_of(&p, a[2], b[2]);
    y[3] = code_of(&p, a[3], b[3]);
  }
  for (; rest > 0; rest--) *y++ = code_of(&p, *a++, *b++);
}
#endif

void tinyml_weighted_sum_s8(const tinyml_weighted_sum_s8_params *params, const int8_t *input1, const int8_t *input2,
                            int8_t *output, void *scratch) {
  (void)scratch;
  TINYML_FACTS(weighted_sum_s8, params);
  all_codes(params, input1, input2, output);
  tinyml_clamp_codes(output, params->size, params->act_min, params->act_max);
}
