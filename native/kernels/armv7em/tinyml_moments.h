/* tinyml_moments_of with the DSP instructions of ARMv7E-M and ARMv8-M: four bytes a turn. Included by generic/tinyml_moments.h. */
#include <string.h>

static inline tinyml_moments tinyml_moments_of(const int8_t *x, int32_t count) {
  uint32_t sum = 0, squares = 0, bytes, even, odd;
  const int8_t *const stop = x + count, *const whole = stop - 3;
  const uint32_t ones = 0x10001;
  for (; x < whole; x += 4) {
    memcpy(&bytes, x, sizeof(bytes));
    __asm("sxtb16 %0, %1" : "=r"(even) : "r"(bytes));
    __asm("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(bytes));
    __asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(even), "r"(ones));
    __asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(odd), "r"(ones));
    __asm("smlad %0, %1, %1, %0" : "+r"(squares) : "r"(even));
    __asm("smlad %0, %1, %1, %0" : "+r"(squares) : "r"(odd));
  }
  while (x != stop) {
    const int32_t value = *x++;
    sum += (uint32_t)value;
    squares += (uint32_t)(value * value);
  }
  return (tinyml_moments){sum, squares};
}
