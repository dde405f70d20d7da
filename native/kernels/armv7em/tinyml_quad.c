/* tinyml_quad.h with the DSP instructions of ARMv7E-M and ARMv8-M: two 16-bit products at once. In assembly where
 * compilers do not fold a rotation into an extension or a distance into an address. Included by generic/tinyml_quad.c. */
#include <string.h>

#include "../generic/tinyml_fixed_point.h"
#include "../generic/tinyml_quad.h"

/* Four int8 at any address. */
static inline uint32_t load(const int8_t *from) {
  uint32_t word;
  memcpy(&word, from, sizeof(word));
  return word;
}

/* Four int8 `distance` bytes further; keeps compilers from carrying a pointer for every row, which are too many. */
static inline uint32_t load_at(const int8_t *from, int32_t distance) {
  uint32_t word;
  __asm volatile("ldr %0, [%1, %2]" : "=r"(word) : "r"(from), "r"(distance));
  return word;
}

static inline uint32_t load_at_twice(const int8_t *from, int32_t distance) {
  uint32_t word;
  __asm volatile("ldr %0, [%1, %2, lsl #1]" : "=r"(word) : "r"(from), "r"(distance));
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

/* The same with two int16 added. */
static inline uint32_t even_plus(uint32_t offsets, uint32_t bytes) {
  uint32_t result;
  __asm("sxtab16 %0, %1, %2" : "=r"(result) : "r"(offsets), "r"(bytes));
  return result;
}

static inline uint32_t odd_plus(uint32_t offsets, uint32_t bytes) {
  uint32_t result;
  __asm("sxtab16 %0, %1, %2, ror #8" : "=r"(result) : "r"(offsets), "r"(bytes));
  return result;
}

/* sum + low a * low b + high a * high b; only the low, only the high product. */
static inline uint32_t mac_both(uint32_t sum, uint32_t a, uint32_t b) {
  __asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
  return sum;
}

static inline uint32_t mac_low(uint32_t sum, uint32_t a, uint32_t b) {
  __asm("smlabb %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
  return sum;
}

static inline uint32_t mac_high(uint32_t sum, uint32_t a, uint32_t b) {
  __asm("smlatt %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
  return sum;
}

static inline uint32_t mac_word(uint32_t sum, uint32_t x_even, uint32_t x_odd, uint32_t w) {
  sum = mac_both(sum, x_even, even(w));
  return mac_both(sum, x_odd, odd(w));
}

/* Accumulators of four channels. */
typedef struct {
  uint32_t s0, s1, s2, s3;
} accumulators;

static inline accumulators start(const int32_t *bias, int32_t lanes) {
  if (lanes != 4) return (accumulators){(uint32_t)bias[0], 0, 0, 0};
  return (accumulators){(uint32_t)bias[0], (uint32_t)bias[1], (uint32_t)bias[2], (uint32_t)bias[3]};
}

/* Reads everything first: to the compiler, storing an int8 might change it. */
static inline void store(const tinyml_quad *quad, int32_t channel, int32_t lanes, accumulators sums, int8_t *output) {
  const int32_t step = quad->per_channel, zero_point = quad->output_offset, min = quad->act_min, max = quad->act_max;
  const int32_t *m = quad->multiplier + step * channel, *s = quad->shift + step * channel;
  output[0] = tinyml_output_s8(tinyml_requantize((int32_t)sums.s0, *m, *s), zero_point, min, max);
  if (lanes != 4) return;
  m += step, s += step;
  output[1] = tinyml_output_s8(tinyml_requantize((int32_t)sums.s1, *m, *s), zero_point, min, max);
  m += step, s += step;
  output[2] = tinyml_output_s8(tinyml_requantize((int32_t)sums.s2, *m, *s), zero_point, min, max);
  m += step, s += step;
  output[3] = tinyml_output_s8(tinyml_requantize((int32_t)sums.s3, *m, *s), zero_point, min, max);
}

void tinyml_quad_dot(const tinyml_quad *quad, int32_t first, int32_t end, const int8_t *x, const int8_t *w,
                     int8_t *output) {
  const uint32_t offsets = ((uint32_t)quad->input_offset & 0xffffu) * 0x10001u;
  const int32_t columns = quad->columns, count = quad->count;
  const int32_t x_next = quad->x_column - count, x_wrap = quad->x_row - columns * quad->x_column;
  const int32_t w_next = quad->w_column - count, w_wrap = quad->w_row - columns * quad->w_column;
  for (int32_t channel = first, lanes; channel < end; channel += lanes, output += lanes) {
    lanes = tinyml_quad_lanes(channel, end);
    accumulators sums = start(quad->bias + channel, lanes);
    const int32_t distance = lanes == 4 ? quad->w_channel : 0, distance3 = 3 * distance;
    const int8_t *from = x, *with = w + channel * quad->w_channel;
    for (int32_t tap = quad->taps, left = columns; tap > 0; tap--) {
      const int8_t *const stop = from + count, *const whole = stop - 3;
      while (from < whole) {
        const uint32_t bytes = load(from);
        const uint32_t x_even = even_plus(offsets, bytes), x_odd = odd_plus(offsets, bytes);
        sums.s1 = mac_word(sums.s1, x_even, x_odd, load_at(with, distance));
        sums.s2 = mac_word(sums.s2, x_even, x_odd, load_at_twice(with, distance));
        sums.s3 = mac_word(sums.s3, x_even, x_odd, load_at(with, distance3));
        sums.s0 = mac_word(sums.s0, x_even, x_odd, load(with));
        from += 4;
        with += 4;
      }
      while (from != stop) {
        const uint32_t value = (uint32_t)(*from++ + quad->input_offset);
        sums.s1 = mac_low(sums.s1, value, (uint32_t)with[distance]);
        sums.s2 = mac_low(sums.s2, value, (uint32_t)with[2 * distance]);
        sums.s3 = mac_low(sums.s3, value, (uint32_t)with[distance3]);
        sums.s0 = mac_low(sums.s0, value, (uint32_t)*with++);
      }
      from += x_next;
      with += w_next;
      if (--left == 0) {
        left = columns;
        from += x_wrap;
        with += w_wrap;
      }
    }
    store(quad, channel, lanes, sums, output);
  }
}

void tinyml_quad_multiply(const tinyml_quad *quad, int32_t first, int32_t end, const int8_t *x, const int8_t *w,
                          int8_t *output) {
  const uint32_t offsets = ((uint32_t)quad->input_offset & 0xffffu) * 0x10001u;
  const int32_t x_column = quad->x_column, w_column = quad->w_column;
  for (int32_t channel = first, lanes; channel < end; channel += lanes, output += lanes, x += lanes) {
    lanes = tinyml_quad_lanes(channel, end);
    accumulators sums = start(quad->bias + channel, lanes);
    const int8_t *x_row = x, *w_row = w + channel;
    for (int32_t taps = quad->taps; taps > 0; taps -= quad->columns, x_row += quad->x_row, w_row += quad->w_row) {
      const int8_t *from = x_row, *with = w_row;
      int32_t column = quad->columns;
      if (lanes == 4) {
        for (; column > 0; column--, from += x_column, with += w_column) {
          const uint32_t xs = load(from), ws = load(with);
          const uint32_t x_even = even_plus(offsets, xs), w_even = even(ws);
          sums.s0 = mac_low(sums.s0, x_even, w_even);
          sums.s2 = mac_high(sums.s2, x_even, w_even);
          const uint32_t x_odd = odd_plus(offsets, xs), w_odd = odd(ws);
          sums.s1 = mac_low(sums.s1, x_odd, w_odd);
          sums.s3 = mac_high(sums.s3, x_odd, w_odd);
        }
      } else {
        for (; column > 0; column--, from += x_column, with += w_column) {
          sums.s0 = mac_low(sums.s0, (uint32_t)(*from + quad->input_offset), (uint32_t)*with);
        }
      }
    }
    store(quad, channel, lanes, sums, output);
  }
}
