/* tinyml_wide_sums.h with the DSP instructions of ARMv7E-M and ARMv8-M: two products at once. Included by
 * generic/tinyml_wide_sums.c. */
#include <string.h>

#include "../generic/tinyml_fixed_point.h"
#include "../generic/tinyml_wide_sums.h"

/* Four bytes at any address. */
static inline uint32_t load(const void *from) {
  uint32_t word;
  memcpy(&word, from, sizeof(word));
  return word;
}

/* Numbers 0 and 2, and 1 and 3, of four. */
typedef struct {
  uint32_t even, odd;
} four;

static inline four four_numbers(const int16_t *from) {
  const uint32_t low = load(from), high = load(from + 2);
  four result;
  __asm("pkhbt %0, %1, %2, lsl #16" : "=r"(result.even) : "r"(low), "r"(high));
  __asm("pkhtb %0, %1, %2, asr #16" : "=r"(result.odd) : "r"(high), "r"(low));
  return result;
}

static inline int32_t mac_four(int32_t sum, four x, uint32_t w) {
  uint32_t even, odd;
  __asm("sxtb16 %0, %1" : "=r"(even) : "r"(w));
  __asm("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(w));
  __asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(x.even), "r"(even));
  __asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(x.odd), "r"(odd));
  return sum;
}

/* Of at most TINYML_NARROW_SUM products, which fit 32 bits. */
static void four_rows(const int16_t *x, int32_t count, const int8_t *w, int32_t distance, int64_t *sums) {
  int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  const int8_t *w1 = w + distance, *w2 = w1 + distance, *w3 = w2 + distance;
  const int16_t *const stop = x + count, *const whole = stop - 3;
  for (; x < whole; x += 4, w += 4, w1 += 4, w2 += 4, w3 += 4) {
    const four numbers = four_numbers(x);
    s0 = mac_four(s0, numbers, load(w));
    s1 = mac_four(s1, numbers, load(w1));
    s2 = mac_four(s2, numbers, load(w2));
    s3 = mac_four(s3, numbers, load(w3));
  }
  while (x != stop) {
    const int32_t number = *x++;
    s0 += number * *w++;
    s1 += number * *w1++;
    s2 += number * *w2++;
    s3 += number * *w3++;
  }
  sums[0] += s0;
  sums[1] += s1;
  sums[2] += s2;
  sums[3] += s3;
}

static int32_t one_row(const int16_t *x, int32_t count, const int8_t *w) {
  int32_t sum = 0;
  const int16_t *const stop = x + count, *const whole = stop - 3;
  for (; x < whole; x += 4, w += 4) sum = mac_four(sum, four_numbers(x), load(w));
  while (x != stop) sum += *x++ * *w++;
  return sum;
}

void tinyml_wide_sums(const int16_t *x, int32_t count, const int8_t *w, int32_t distance, int32_t rows, int64_t *sums) {
  for (; count > 0; count -= TINYML_NARROW_SUM, x += TINYML_NARROW_SUM, w += TINYML_NARROW_SUM) {
    const int32_t part = count < TINYML_NARROW_SUM ? count : TINYML_NARROW_SUM;
    if (rows == TINYML_WIDE_ROWS) {
      four_rows(x, part, w, distance, sums);
    } else {
      for (int32_t row = 0; row < rows; row++) sums[row] += one_row(x, part, w + row * distance);
    }
    if (count == part) return;
  }
}
