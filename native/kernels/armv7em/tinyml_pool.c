/* tinyml_pool.h with the DSP instructions of ARMv7E-M and ARMv8-M: four channels in a word, eight at a time. Included by
 * generic/tinyml_pool.c. */
#include <string.h>

#include "../generic/tinyml_fixed_point.h"
#include "../generic/tinyml_pool.h"

/* As many int8 as an int16 holds the sum of. */
enum { MOST = 255 };

static inline uint32_t word_at(const int8_t *from) {
  uint32_t word;
  memcpy(&word, from, sizeof(word));
  return word;
}

/* The greater and the smaller of each of four int8. */
static inline uint32_t greater(uint32_t a, uint32_t b) {
  uint32_t of;
  __asm("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(of) : "r"(a), "r"(b) : "cc");
  return of;
}

static inline uint32_t smaller(uint32_t a, uint32_t b) {
  uint32_t of;
  __asm("ssub8 %0, %1, %2\n\tsel %0, %2, %1" : "=&r"(of) : "r"(a), "r"(b) : "cc");
  return of;
}

/* sums + bytes 0 and 2, or 1 and 3, as two int16. */
static inline uint32_t add_even(uint32_t sums, uint32_t bytes) {
  __asm("sxtab16 %0, %0, %1" : "+r"(sums) : "r"(bytes));
  return sums;
}

static inline uint32_t add_odd(uint32_t sums, uint32_t bytes) {
  __asm("sxtab16 %0, %0, %1, ror #8" : "+r"(sums) : "r"(bytes));
  return sums;
}

static inline uint32_t four_of(int32_t code) { return ((uint32_t)code & 0xffu) * 0x01010101u; }

static inline void store(int8_t *output, uint32_t four, uint32_t min, uint32_t max) {
  const uint32_t clamped = smaller(greater(four, min), max);
  memcpy(output, &clamped, sizeof(clamped));
}

/* Channels behind the last four. */
static inline void max_of_one(const tinyml_pool *pool, const int8_t *from, int8_t *output) {
  int32_t best = INT8_MIN;
  for (int32_t row = pool->rows; row > 0; row--, from += pool->next_row) {
    const int8_t *at = from;
    for (int32_t column = pool->columns; column > 0; column--, at += pool->next_column) {
      if (*at > best) best = *at;
    }
  }
  *output = (int8_t)tinyml_clamp(best, pool->act_min, pool->act_max);
}

void tinyml_pool_max(const tinyml_pool *pool, const int8_t *from, int8_t *output) {
  const int32_t rows = pool->rows, columns = pool->columns, next_column = pool->next_column;
  const int32_t wrap = pool->next_row - columns * next_column;
  const uint32_t min = four_of(pool->act_min), max = four_of(pool->act_max);
  int32_t left = pool->channels;
  for (; left >= 8; left -= 8, from += 8, output += 8) {
    uint32_t a = min, b = min;
    const int8_t *at = from;
    for (int32_t row = rows; row > 0; row--, at += wrap) {
      for (int32_t column = columns; column > 0; column--, at += next_column) {
        a = greater(a, word_at(at));
        b = greater(b, word_at(at + 4));
      }
    }
    store(output, a, min, max);
    store(output + 4, b, min, max);
  }
  if (left >= 4) {
    uint32_t a = min;
    const int8_t *at = from;
    for (int32_t row = rows; row > 0; row--, at += wrap) {
      for (int32_t column = columns; column > 0; column--, at += next_column) a = greater(a, word_at(at));
    }
    store(output, a, min, max);
    left -= 4, from += 4, output += 4;
  }
  for (; left > 0; left--) max_of_one(pool, from++, output++);
}

/* Halves away from zero, clamped. */
typedef struct {
  int32_t first, count, half, min, max;
} quotient;

static inline int8_t mean_of(const quotient *of, int32_t sum) {
  sum += of->first;
  const int32_t mean = (sum > 0 ? sum + of->half : sum - of->half) / of->count;
  return (int8_t)tinyml_clamp(mean, of->min, of->max);
}

static inline void store_means(const quotient *of, uint32_t even, uint32_t odd, int8_t *output) {
  output[0] = mean_of(of, (int16_t)even);
  output[1] = mean_of(of, (int16_t)odd);
  output[2] = mean_of(of, (int32_t)even >> 16);
  output[3] = mean_of(of, (int32_t)odd >> 16);
}

void tinyml_pool_mean(const tinyml_pool *pool, int32_t first, int32_t count, const int8_t *from, int8_t *output) {
  const int32_t rows = pool->rows, columns = pool->columns, next_column = pool->next_column;
  const int32_t wrap = pool->next_row - columns * next_column;
  const quotient of = {first, count, count / 2, pool->act_min, pool->act_max};
  int32_t left = pool->channels;
  if (rows * columns <= MOST) {
    for (; left >= 4; left -= 4, from += 4, output += 4) {
      uint32_t even = 0, odd = 0;
      const int8_t *at = from;
      for (int32_t row = rows; row > 0; row--, at += wrap) {
        for (int32_t column = columns; column > 0; column--, at += next_column) {
          const uint32_t bytes = word_at(at);
          even = add_even(even, bytes);
          odd = add_odd(odd, bytes);
        }
      }
      store_means(&of, even, odd, output);
    }
  }
  for (; left > 0; left--, from++, output++) {
    int32_t sum = 0;
    const int8_t *at = from;
    for (int32_t row = rows; row > 0; row--, at += wrap) {
      for (int32_t column = columns; column > 0; column--, at += next_column) sum += *at;
    }
    *output = mean_of(&of, sum);
  }
}
