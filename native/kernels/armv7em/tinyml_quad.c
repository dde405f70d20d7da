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

/* Two rows against all channels. */
typedef struct {
  const uint32_t *widened, *stop;    /* the inputs that make up whole words */
  const int8_t *first, *second;      /* the others, `rest` of each row */
  int32_t rest, distance;            /* between the weights of two channels */
  int32_t to_row, to_channel;        /* between biases */
  int32_t step, half, whole, output_row; /* half: what rounds, with the zero point; whole: outputs may be any code */
  const tinyml_quad *quad;
} row_pair;

/* The products of a word of each of two rows and a word of each of two channels. */
#define ADD_WORDS                       \
  "ldr %[e1], [%[with], %[distance]]\n" \
  "ldr %[e0], [%[with]], #4\n"          \
  "ldrd %[x0], %[x1], [%[from]], #8\n"  \
  "sxtb16 %[o1], %[e1], ror #8\n"       \
  "sxtb16 %[o0], %[e0], ror #8\n"       \
  "sxtb16 %[e1], %[e1]\n"               \
  "sxtb16 %[e0], %[e0]\n"               \
  "smlad %[s01], %[x1], %[o1], %[s01]\n" \
  "smlad %[s00], %[x1], %[o0], %[s00]\n" \
  "smlad %[s01], %[x0], %[e1], %[s01]\n" \
  "smlad %[s00], %[x0], %[e0], %[s00]\n" \
  "ldrd %[x0], %[x1], [%[from]], #8\n"  \
  "smlad %[s11], %[x0], %[e1], %[s11]\n" \
  "smlad %[s10], %[x0], %[e0], %[s10]\n" \
  "smlad %[s11], %[x1], %[o1], %[s11]\n" \
  "smlad %[s10], %[x1], %[o0], %[s10]\n"

/* tinyml_requantize and tinyml_output_s8 for a shift to the right, which leaves room for the zero point, and any code. */
static inline int8_t narrow(uint32_t sum, uint32_t twice, int32_t before, int32_t half) {
  int32_t high, code;
  __asm("smmlar %0, %1, %2, %1" : "=r"(high) : "r"(sum), "r"(twice));
  __asm("ssat %0, #8, %1" : "=r"(code) : "r"((((high + (high >> 31)) >> before) + half) >> 1));
  return (int8_t)code;
}

static inline int8_t code_of(const tinyml_quad *quad, uint32_t sum, int32_t multiplier, int32_t shift) {
  return tinyml_output_s8(tinyml_requantize((int32_t)sum, multiplier, shift), quad->output_offset, quad->act_min,
                          quad->act_max);
}

/* Two channels of two rows: each widened input meets two weights, each widened weight two inputs. Apart from its caller, so
 * that the loop has all registers. */
static __attribute__((noinline)) void two_channels(const row_pair *rows, const int8_t *with, const int32_t *bias,
                                                   const int32_t *m, const int32_t *s, int8_t *output) {
  const uint32_t *from = rows->widened;
  const int32_t distance = rows->distance, to_row = rows->to_row, to_channel = rows->to_channel;
  uint32_t s00 = (uint32_t)bias[0], s01 = (uint32_t)bias[to_channel];
  uint32_t s10 = (uint32_t)bias[to_row], s11 = (uint32_t)bias[to_row + to_channel];
  if (from != rows->stop) {
    uint32_t x0, x1, e0, o0, e1, o1;
    /* On the stack, so that no register holds its address: the loop has 13 values, and r7 may hold the frame. */
    const uint32_t *const stop = rows->stop;
    /* Four words of a row a turn; those that are left over come first, one by one. */
    __asm volatile(
        "ldr %[x0], %[stop]\n"
        "sub %[x0], %[x0], %[from]\n"
        "tst %[x0], #48\n"
        "beq 2f\n"
        "1:\n" ADD_WORDS
        "ldr %[x0], %[stop]\n"
        "subs %[x0], %[x0], %[from]\n"
        "beq 3f\n"
        "tst %[x0], #48\n"
        "bne 1b\n"
        "2:\n" ADD_WORDS ADD_WORDS ADD_WORDS ADD_WORDS
        "ldr %[x0], %[stop]\n"
        "cmp %[from], %[x0]\n"
        "bne 2b\n"
        "3:\n"
        : [s00] "+r"(s00), [s01] "+r"(s01), [s10] "+r"(s10), [s11] "+r"(s11), [from] "+r"(from), [with] "+r"(with),
          [x0] "=&r"(x0), [x1] "=&r"(x1), [e0] "=&r"(e0), [o0] "=&r"(o0), [e1] "=&r"(e1), [o1] "=&r"(o1)
        : [distance] "r"(distance), [stop] "m"(stop)
        : "cc", "memory");
  }
  for (int32_t k = 0, offset = rows->quad->input_offset; k < rows->rest; k++, with++) {
    const int32_t x0 = rows->first[k] + offset, x1 = rows->second[k] + offset, w0 = with[0], w1 = with[distance];
    s00 += (uint32_t)(x0 * w0), s01 += (uint32_t)(x0 * w1);
    s10 += (uint32_t)(x1 * w0), s11 += (uint32_t)(x1 * w1);
  }
  const int32_t step = rows->step, m0 = m[0], m1 = m[step], shift0 = s[0], shift1 = s[step];
  int8_t *const other = output + rows->output_row;
  if (rows->whole && shift0 < 0 && shift1 < 0) {
    const int32_t half = rows->half;
    output[0] = narrow(s00, (uint32_t)m0 << 1, ~shift0, half);
    other[0] = narrow(s10, (uint32_t)m0 << 1, ~shift0, half);
    output[1] = narrow(s01, (uint32_t)m1 << 1, ~shift1, half);
    other[1] = narrow(s11, (uint32_t)m1 << 1, ~shift1, half);
    return;
  }
  output[0] = code_of(rows->quad, s00, m0, shift0);
  other[0] = code_of(rows->quad, s10, m0, shift0);
  output[1] = code_of(rows->quad, s01, m1, shift1);
  other[1] = code_of(rows->quad, s11, m1, shift1);
}

/* An even number of channels of two rows. Apart from its caller, whose other calls need no stack for what this one keeps. */
static __attribute__((noinline)) void two_rows(const tinyml_quad *quad, int32_t channels, const int8_t *x, int32_t x_row,
                                               const int8_t *w, int8_t *output, int32_t output_row, uint32_t *room) {
  const int32_t rest = quad->count % 4, words = quad->count - rest;
  const row_pair rows = {
      .widened = room,
      .stop = room + words,
      .first = x + words,
      .second = x + x_row + words,
      .rest = rest,
      .distance = quad->w_channel,
      .to_row = quad->one_bias ? 1 : 0,
      .to_channel = quad->one_bias ? 0 : 1,
      .step = quad->per_channel,
      .half = 2 * quad->output_offset + 1,
      .whole = quad->act_min == INT8_MIN && quad->act_max == INT8_MAX,
      .output_row = output_row,
      .quad = quad,
  };
  const int32_t *bias = quad->bias, *m = quad->multiplier, *s = quad->shift;
  widen(room, x, x_row, quad->count, ((uint32_t)quad->input_offset & 0xffffu) * 0x10001u);
  for (int32_t channel = 0; channel < channels; channel += 2) {
    two_channels(&rows, w, bias, m, s, output + channel);
    w += 2 * rows.distance;
    bias += 2 * rows.to_channel;
    m += 2 * rows.step;
    s += 2 * rows.step;
  }
}

void tinyml_quad_rows(const tinyml_quad *quad, int32_t rows, int32_t channels, const int8_t *x, int32_t x_row,
                      const int8_t *w, int8_t *output, int32_t output_row, void *room) {
  tinyml_quad part = *quad;
  const int32_t even = channels & ~1;
  for (; rows > 1; rows -= 2) {
    two_rows(&part, even, x, x_row, w, output, output_row, room);
    for (int32_t row = 0; row < 2; row++, x += x_row, output += output_row, part.bias += part.one_bias) {
      if (even < channels) tinyml_quad_dot(&part, even, channels, x, w, output + even);
    }
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
