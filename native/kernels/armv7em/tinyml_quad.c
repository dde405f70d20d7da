/* tinyml_quad.h with the DSP instructions of ARMv7E-M and ARMv8-M: two 16-bit products at once. In assembly where
 * compilers do not fold a rotation into an extension or a distance into an address. Included by generic/tinyml_quad.c. */
#include <string.h>

#include "../generic/tinyml_fixed_point.h"
#include "../generic/tinyml_quad.h"

#define TINYML_QUAD_HAS_ROWS

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

static inline accumulators start(const tinyml_quad *quad, int32_t channel, int32_t lanes) {
  const uint32_t one = (uint32_t)*quad->bias;
  const int32_t *bias = quad->bias + channel;
  if (quad->one_bias) return (accumulators){one, one, one, one};
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
    accumulators sums = start(quad, channel, lanes);
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

/* Two rows as int16, the offset added: of every four bytes the even and the odd ones of the first row, then of the second. */
static void widen(uint32_t *to, const int8_t *x, int32_t x_row, int32_t count, uint32_t offsets) {
  for (const int8_t *const stop = x + count - 3; x < stop; x += 4, to += 4) {
    const uint32_t first = load(x), second = load_at(x, x_row);
    to[0] = even_plus(offsets, first);
    to[1] = odd_plus(offsets, first);
    to[2] = even_plus(offsets, second);
    to[3] = odd_plus(offsets, second);
  }
}

/* What sums of a layer become: `half` is what rounds, with the zero point. */
typedef struct {
  int32_t zero_point, half, min, max;
} codes;

/* tinyml_requantize and tinyml_output_s8 of the same channel of two rows. A shift to the right leaves room for the zero point. */
static inline void store_two(const codes *to, uint32_t first, uint32_t second, int32_t multiplier, int32_t shift,
                             int8_t *output, int32_t output_row) {
  if (shift >= 0) {
    const int32_t zero_point = to->zero_point, min = to->min, max = to->max;
    output[0] = tinyml_output_s8(tinyml_requantize((int32_t)first, multiplier, shift), zero_point, min, max);
    output[output_row] = tinyml_output_s8(tinyml_requantize((int32_t)second, multiplier, shift), zero_point, min, max);
    return;
  }
  int32_t high, other;
  const uint32_t twice = (uint32_t)multiplier << 1;
  __asm("smmlar %0, %1, %2, %1" : "=r"(high) : "r"(first), "r"(twice));
  __asm("smmlar %0, %1, %2, %1" : "=r"(other) : "r"(second), "r"(twice));
  output[0] = (int8_t)tinyml_clamp((((high + (high >> 31)) >> ~shift) + to->half) >> 1, to->min, to->max);
  output[output_row] = (int8_t)tinyml_clamp((((other + (other >> 31)) >> ~shift) + to->half) >> 1, to->min, to->max);
}

/* Two channels of two rows at once: each widened input meets two weights, each widened weight two inputs. */
static void two_rows(const tinyml_quad *quad, int32_t channels, const int8_t *x, int32_t x_row, const int8_t *w,
                     int8_t *output, int32_t output_row, uint32_t *room) {
  const int32_t count = quad->count, rest = count % 4;
  const int32_t zero_point = quad->output_offset, step = quad->per_channel;
  const codes to = {zero_point, 2 * zero_point + 1, quad->act_min, quad->act_max};
  const int32_t *bias = quad->bias, *m = quad->multiplier, *s = quad->shift;
  const int32_t next_row = quad->one_bias ? 1 : 0, next_channel = 1 - next_row;
  const uint32_t offsets = ((uint32_t)quad->input_offset & 0xffffu) * 0x10001u;
  const uint32_t *const stop = room + (count - rest);
  widen(room, x, x_row, count, offsets);
  x += count - rest;
  for (int32_t channel = 0; channel < channels; channel += 2, w += 2 * quad->w_channel, output += 2) {
    const int32_t both = channel + 1 < channels, distance = both ? quad->w_channel : 0;
    const int32_t other = both ? next_channel : 0;
    uint32_t s00 = (uint32_t)bias[0], s01 = (uint32_t)bias[other];
    uint32_t s10 = (uint32_t)bias[next_row], s11 = (uint32_t)bias[next_row + other];
    const int8_t *with = w;
    for (const uint32_t *from = room; from != stop; from += 4, with += 4) {
      const uint32_t x0 = from[0], x1 = from[1], x2 = from[2], x3 = from[3];
      uint32_t bytes = load_at(with, distance), e = even(bytes), o = odd(bytes);
      s01 = mac_both(mac_both(s01, x0, e), x1, o);
      s11 = mac_both(mac_both(s11, x2, e), x3, o);
      bytes = load(with), e = even(bytes), o = odd(bytes);
      s00 = mac_both(mac_both(s00, x0, e), x1, o);
      s10 = mac_both(mac_both(s10, x2, e), x3, o);
    }
    for (int32_t k = 0; k < rest; k++) {
      const int32_t first = x[k] + quad->input_offset, second = x[x_row + k] + quad->input_offset;
      s00 += (uint32_t)(first * with[k]);
      s10 += (uint32_t)(second * with[k]);
      s01 += (uint32_t)(first * with[distance + k]);
      s11 += (uint32_t)(second * with[distance + k]);
    }
    store_two(&to, s00, s10, *m, *s, output, output_row);
    if (!both) return;
    m += step, s += step;
    store_two(&to, s01, s11, *m, *s, output + 1, output_row);
    m += step, s += step;
    bias += 2 * next_channel;
  }
}

void tinyml_quad_rows(const tinyml_quad *quad, int32_t rows, int32_t channels, const int8_t *x, int32_t x_row,
                      const int8_t *w, int8_t *output, int32_t output_row, void *room) {
  tinyml_quad part = *quad;
  for (; rows > 1; rows -= 2, x += 2 * x_row, output += 2 * output_row, part.bias += 2 * part.one_bias) {
    two_rows(&part, channels, x, x_row, w, output, output_row, room);
  }
  if (rows > 0) tinyml_quad_dot(&part, 0, channels, x, w, output);
}

void tinyml_quad_multiply(const tinyml_quad *quad, int32_t first, int32_t end, const int8_t *x, const int8_t *w,
                          int8_t *output) {
  const uint32_t offsets = ((uint32_t)quad->input_offset & 0xffffu) * 0x10001u;
  const int32_t x_column = quad->x_column, w_column = quad->w_column;
  for (int32_t channel = first, lanes; channel < end; channel += lanes, output += lanes, x += lanes) {
    lanes = tinyml_quad_lanes(channel, end);
    accumulators sums = start(quad, channel, lanes);
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
