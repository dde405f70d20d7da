/* The same with the DSP instructions of ARMv7E-M and ARMv8-M: four channels in a word, eight at a time. Included by generic/pool_sums_s8.c. */
#include <string.h>

/* Of bytes 0 and 2, and of bytes 1 and 3, as two int16. */
typedef struct {
  uint32_t even, odd;
} four_sums;

static inline four_sums add_four(four_sums sums, const int8_t *from) {
  uint32_t bytes;
  memcpy(&bytes, from, sizeof(bytes));
  __asm("sxtab16 %0, %0, %1" : "+r"(sums.even) : "r"(bytes));
  __asm("sxtab16 %0, %0, %1, ror #8" : "+r"(sums.odd) : "r"(bytes));
  return sums;
}

static inline void put_four(four_sums four, const int32_t *before, int32_t *sums, int32_t channel) {
  put(before, (int16_t)four.even, sums, channel);
  put(before, (int16_t)four.odd, sums, channel + 1);
  put(before, (int32_t)four.even >> 16, sums, channel + 2);
  put(before, (int32_t)four.odd >> 16, sums, channel + 3);
}

static void add_positions(const int8_t *input, int32_t positions, int32_t channels, const int32_t *before, int32_t *sums) {
  int32_t channel = 0;
  for (; channel + 8 <= channels; channel += 8) {
    four_sums low = {0, 0}, high = {0, 0};
    const int8_t *at = input + channel;
    for (int32_t left = positions; left > 0; left--, at += channels) {
      low = add_four(low, at);
      high = add_four(high, at + 4);
    }
    put_four(low, before, sums, channel);
    put_four(high, before, sums, channel + 4);
  }
  for (; channel + 4 <= channels; channel += 4) {
    four_sums four = {0, 0};
    const int8_t *at = input + channel;
    for (int32_t left = positions; left > 0; left--, at += channels) four = add_four(four, at);
    put_four(four, before, sums, channel);
  }
  for (; channel < channels; channel++) add_channel(input, positions, channels, before, sums, channel);
}
