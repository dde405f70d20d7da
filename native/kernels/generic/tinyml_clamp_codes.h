/* Codes that a packed kernel has narrowed to int8, clamped to less. */
#ifndef TINYML_CLAMP_CODES_H
#define TINYML_CLAMP_CODES_H

#include <stdint.h>
#include <string.h>

#include "tinyml_fixed_point.h"

#if defined(__ARM_FEATURE_MVE) && defined(__GNUC__)
#include <arm_mve.h>

static inline int32_t tinyml_clamp_fours(int8_t *codes, int32_t count, int32_t min, int32_t max) {
  const int8x16_t least = vdupq_n_s8((int8_t)min), most = vdupq_n_s8((int8_t)max);
  for (int32_t i = 0; i < count; i += 16) {
    const mve_pred16_t present = vctp8q((uint32_t)(count - i));
    vstrbq_p_s8(codes + i, vminq_s8(vmaxq_s8(vldrbq_z_s8(codes + i, present), least), most), present);
  }
  return count;
}
#elif defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
/* Four codes at a time from min to max, which hold four of each. */
static inline uint32_t tinyml_clamp_four(uint32_t codes, uint32_t min, uint32_t max) {
  uint32_t flags;
  __asm("ssub8 %1, %0, %2\n\tsel %0, %0, %2\n\tssub8 %1, %3, %0\n\tsel %0, %0, %3" : "+&r"(codes), "=&r"(flags) : "r"(min), "r"(max) : "cc");
  return codes;
}

static inline int32_t tinyml_clamp_fours(int8_t *codes, int32_t count, int32_t min, int32_t max) {
  const uint32_t least = ((uint32_t)min & 0xffu) * 0x01010101u, most = ((uint32_t)max & 0xffu) * 0x01010101u;
  int32_t i = 0;
  for (; i + 4 <= count; i += 4) {
    uint32_t four;
    memcpy(&four, codes + i, sizeof(four));
    four = tinyml_clamp_four(four, least, most);
    memcpy(codes + i, &four, sizeof(four));
  }
  return i;
}
#else
static inline int32_t tinyml_clamp_fours(int8_t *codes, int32_t count, int32_t min, int32_t max) {
  (void)codes, (void)count, (void)min, (void)max;
  return 0;
}
#endif

static inline void tinyml_clamp_codes(int8_t *codes, int32_t count, int32_t min, int32_t max) {
  if (min == INT8_MIN && max == INT8_MAX) return;
  for (int32_t i = tinyml_clamp_fours(codes, count, min, max); i < count; i++) {
    codes[i] = (int8_t)tinyml_clamp(codes[i], min, max);
  }
}

#endif
