/* tinyml_row_sums.h with the DSP instructions of ARMv7E-M and ARMv8-M: two 16-bit products at once. Included by
 * generic/tinyml_row_sums.c. */
#include <string.h>

#include "../generic/tinyml_row_sums.h"

/* Four int8 at any address. */
static inline uint32_t load(const int8_t *from) {
  uint32_t word;
  memcpy(&word, from, sizeof(word));
  return word;
}

/* Bytes 0 and 2, or 1 and 3, as two int16. */
static inline uint32_t even(uint32_t bytes) {
  uint32_t result;
  __asm("sxtb16 %0, %1" : "=r"(result) : "r"(bytes));
  return result;
}

static inline uint32_t odd(uint32_t bytes) {
  uint32_t result;
  __asm("sxtb16 %0, %1, ror #8" : "=r"(result) : "r"(bytes));
  return result;
}

/* sum + four products */
static inline uint32_t mac_word(uint32_t sum, uint32_t x_even, uint32_t x_odd, uint32_t w) {
  __asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(x_even), "r"(even(w)));
  __asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(x_odd), "r"(odd(w)));
  return sum;
}

static inline uint32_t mac_byte(uint32_t sum, int32_t x, int32_t w) {
  return sum + (uint32_t)(x * w);
}

static void four_rows(const int8_t *x, int32_t count, const int8_t *w, int32_t distance, int32_t *sums) {
  uint32_t s0 = (uint32_t)sums[0], s1 = (uint32_t)sums[1], s2 = (uint32_t)sums[2], s3 = (uint32_t)sums[3];
  const int8_t *w1 = w + distance, *w2 = w1 + distance, *w3 = w2 + distance;
  const int8_t *const stop = x + count, *const whole = stop - 3;
  for (; x < whole; x += 4, w += 4, w1 += 4, w2 += 4, w3 += 4) {
    const uint32_t bytes = load(x), x_even = even(bytes), x_odd = odd(bytes);
    s0 = mac_word(s0, x_even, x_odd, load(w));
    s1 = mac_word(s1, x_even, x_odd, load(w1));
    s2 = mac_word(s2, x_even, x_odd, load(w2));
    s3 = mac_word(s3, x_even, x_odd, load(w3));
  }
  while (x != stop) {
    const int32_t value = *x++;
    s0 = mac_byte(s0, value, *w++);
    s1 = mac_byte(s1, value, *w1++);
    s2 = mac_byte(s2, value, *w2++);
    s3 = mac_byte(s3, value, *w3++);
  }
  sums[0] = (int32_t)s0;
  sums[1] = (int32_t)s1;
  sums[2] = (int32_t)s2;
  sums[3] = (int32_t)s3;
}

static int32_t one_row(const int8_t *x, int32_t count, const int8_t *w, int32_t start) {
  uint32_t sum = (uint32_t)start;
  const int8_t *const stop = x + count, *const whole = stop - 3;
  for (; x < whole; x += 4, w += 4) {
    const uint32_t bytes = load(x);
    sum = mac_word(sum, even(bytes), odd(bytes), load(w));
  }
  while (x != stop) sum = mac_byte(sum, *x++, *w++);
  return (int32_t)sum;
}

void tinyml_row_sums(const int8_t *x, int32_t count, const int8_t *w, int32_t distance, int32_t rows, int32_t *sums) {
  if (rows == 4) {
    four_rows(x, count, w, distance, sums);
    return;
  }
  for (int32_t row = 0; row < rows; row++, w += distance) sums[row] = one_row(x, count, w, sums[row]);
}
