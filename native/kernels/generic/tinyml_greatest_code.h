/* The greatest magnitude of many codes. */
#ifndef TINYML_GREATEST_CODE_H
#define TINYML_GREATEST_CODE_H

#include <stdint.h>
#include <string.h>

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>

static inline int32_t tinyml_greatest_code(const int8_t *codes, int32_t count) {
  uint8_t most = 0;
  for (int32_t i = 0; i < count; i += 16) {
    const mve_pred16_t present = vctp8q((uint32_t)(count - i));
    most = vmaxavq_p_s8(most, vldrbq_z_s8(codes + i, present), present);
  }
  return most;
}
#else

static inline int32_t tinyml_greatest_code(const int8_t *codes, int32_t count) {
  int32_t i = 0, least = 0, most = 0;
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
  uint32_t low = 0, high = 0, word, difference;
  for (; i < count - 3; i += 4) {
    memcpy(&word, codes + i, sizeof(word));
    __asm(
        "ssub8 %2, %3, %1\n\t"
        "sel %1, %3, %1\n\t"
        "ssub8 %2, %0, %3\n\t"
        "sel %0, %3, %0"
        : "+r"(low), "+r"(high), "=&r"(difference)
        : "r"(word));
  }
  for (int32_t shift = 0; shift < 32; shift += 8) {
    const int32_t below = (int8_t)(low >> shift), above = (int8_t)(high >> shift);
    least = below < least ? below : least;
    most = above > most ? above : most;
  }
#endif
  for (; i < count; i++) {
    least = codes[i] < least ? codes[i] : least;
    most = codes[i] > most ? codes[i] : most;
  }
  return -least > most ? -least : most;
}
#endif

#endif
