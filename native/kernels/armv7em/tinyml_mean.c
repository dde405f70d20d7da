/* tinyml_mean.h with the DSP instructions of ARMv7E-M and ARMv8-M: four channels in a word, summed as int16. Included by
 * generic/tinyml_mean.c. */
#include <string.h>

#include "../generic/tinyml_fixed_point.h"
#include "../generic/tinyml_mean.h"

/* As many int8 as an int16 holds the sum of. */
enum { MOST = 255 };

/* sums + bytes 0 and 2, or 1 and 3, as two int16. */
static inline uint32_t add_even(uint32_t sums, uint32_t bytes) {
  __asm("sxtab16 %0, %0, %1" : "+r"(sums) : "r"(bytes));
  return sums;
}

static inline uint32_t add_odd(uint32_t sums, uint32_t bytes) {
  __asm("sxtab16 %0, %0, %1, ror #8" : "+r"(sums) : "r"(bytes));
  return sums;
}

static inline int8_t output_of(const tinyml_mean *mean, int32_t sum) {
  const int32_t value = tinyml_requantize(sum, mean->multiplier, mean->shift);
  return tinyml_output_s8(value, mean->output_offset, mean->act_min, mean->act_max);
}

void tinyml_mean_of(const tinyml_mean *mean, const int8_t *from, int8_t *output) {
  const int32_t rows = mean->rows, columns = mean->columns, next_column = mean->next_column;
  const int32_t next_row = mean->next_row, first = mean->input_offset * rows * columns;
  int32_t left = mean->channels;
  for (; left >= 4; left -= 4, from += 4, output += 4) {
    int32_t s0 = first, s1 = first, s2 = first, s3 = first;
    const int8_t *at_row = from;
    for (int32_t row = rows; row > 0; row--, at_row += next_row) {
      const int8_t *at = at_row;
      for (int32_t column = columns; column > 0; column -= MOST) {
        uint32_t even = 0, odd = 0;
        for (int32_t some = column < MOST ? column : MOST; some > 0; some--, at += next_column) {
          uint32_t bytes;
          memcpy(&bytes, at, sizeof(bytes));
          even = add_even(even, bytes);
          odd = add_odd(odd, bytes);
        }
        s0 += (int16_t)even;
        s1 += (int16_t)odd;
        s2 += (int32_t)even >> 16;
        s3 += (int32_t)odd >> 16;
      }
    }
    output[0] = output_of(mean, s0);
    output[1] = output_of(mean, s1);
    output[2] = output_of(mean, s2);
    output[3] = output_of(mean, s3);
  }
  for (; left > 0; left--, from++, output++) {
    int32_t sum = first;
    const int8_t *at_row = from;
    for (int32_t row = rows; row > 0; row--, at_row += next_row) {
      const int8_t *at = at_row;
      for (int32_t column = columns; column > 0; column--, at += next_column) sum += *at;
    }
    *output = output_of(mean, sum);
  }
}
