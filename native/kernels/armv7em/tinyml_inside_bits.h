/* Bits of codes within bounds with the DSP instructions of ARMv7E-M and ARMv8-M: four codes at once. Included by generic/inside_bits_s8.c. */
#include <string.h>

/* A bit of each of four codes: whether it lies from the bytes of `least` to those of `most`. */
static inline uint32_t bits_of_four(const int8_t *from, uint32_t least, uint32_t most) {
  uint32_t codes, inside, unused;
  memcpy(&codes, from, sizeof(codes));
  __asm volatile(
      "ssub8 %1, %2, %3\n"
      "sel %0, %5, %6\n"
      "ssub8 %1, %4, %2\n"
      "sel %0, %0, %6\n"
      : "=&r"(inside), "=&r"(unused)
      : "r"(codes), "r"(least), "r"(most), "r"(0x01010101u), "r"(0u));
  /* Bits 0, 8, 16 and 24 to 24 to 27. */
  return inside * UINT32_C(0x01020408) >> 24 & 0xfu;
}

/* Bytes of bits of eight codes each. @returns where they end */
static inline int8_t *inside_bytes(const int8_t *values, int32_t bytes, int32_t low, int32_t high, int8_t *bits) {
  const int32_t is_empty = low + 1 > high - 1 || low + 1 > 127 || high - 1 < -128;
  const uint32_t least = (uint32_t)((low + 1) & 0xff) * 0x01010101u, most = (uint32_t)((high - 1) & 0xff) * 0x01010101u;
  for (; bytes > 0; bytes--, values += 8) {
    const uint32_t byte = is_empty ? 0u : bits_of_four(values, least, most) | bits_of_four(values + 4, least, most) << 4;
    *bits++ = (int8_t)(uint8_t)byte;
  }
  return bits;
}
