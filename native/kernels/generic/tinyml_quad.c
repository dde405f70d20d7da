#include "tinyml_quad.h"

#if defined(__ARM_FEATURE_MVE)
#include "../mve/tinyml_quad.c"
#elif defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#include "../armv7em/tinyml_quad.c"
#else
#include "tinyml_fixed_point.h"

/* Accumulators of four channels, unsigned so that they wrap. */
typedef struct {
  uint32_t of[4];
} accumulators;

static inline accumulators start(const tinyml_quad *quad, int32_t channel, int32_t lanes) {
  const uint32_t one = (uint32_t)*quad->bias;
  const int32_t *bias = quad->bias + channel;
  if (quad->one_bias) return (accumulators){{one, one, one, one}};
  if (lanes != 4) return (accumulators){{(uint32_t)bias[0], 0, 0, 0}};
  return (accumulators){{(uint32_t)bias[0], (uint32_t)bias[1], (uint32_t)bias[2], (uint32_t)bias[3]}};
}

/* With copies of what it reads: to the compiler, storing an int8 might change it. */
static inline void store(const tinyml_quad *quad, int32_t channel, int32_t lanes, accumulators sums, int8_t *output) {
  const int32_t step = quad->per_channel, zero_point = quad->output_offset, min = quad->act_min, max = quad->act_max;
  const int32_t *m = quad->multiplier + step * channel, *s = quad->shift + step * channel;
  for (int32_t j = 0; j < lanes; j++, m += step, s += step) {
    output[j] = tinyml_output_s8(tinyml_requantize((int32_t)sums.of[j], *m, *s), zero_point, min, max);
  }
}

void tinyml_quad_dot(const tinyml_quad *quad, int32_t first, int32_t end, const int8_t *x, const int8_t *w,
                     int8_t *output) {
  const int32_t offset = quad->input_offset;
  const int32_t columns = quad->columns, count = quad->count;
  const int32_t x_next = quad->x_column - count, x_wrap = quad->x_row - columns * quad->x_column;
  const int32_t w_next = quad->w_column - count, w_wrap = quad->w_row - columns * quad->w_column;
  for (int32_t channel = first, lanes; channel < end; channel += lanes, output += lanes) {
    lanes = tinyml_quad_lanes(channel, end);
    accumulators sums = start(quad, channel, lanes);
    const int32_t w_channel = lanes == 4 ? quad->w_channel : 0;
    const int8_t *from = x, *with = w + channel * quad->w_channel;
    for (int32_t tap = quad->taps, left = columns; tap > 0; tap--) {
      const int8_t *w1 = with + w_channel, *w2 = w1 + w_channel, *w3 = w2 + w_channel;
      for (const int8_t *const stop = from + count; from != stop;) {
        const int32_t value = *from++ + offset;
        sums.of[0] += (uint32_t)(value * *with++);
        sums.of[1] += (uint32_t)(value * *w1++);
        sums.of[2] += (uint32_t)(value * *w2++);
        sums.of[3] += (uint32_t)(value * *w3++);
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
  const int32_t offset = quad->input_offset, x_column = quad->x_column, w_column = quad->w_column;
  for (int32_t channel = first, lanes; channel < end; channel += lanes, output += lanes, x += lanes) {
    lanes = tinyml_quad_lanes(channel, end);
    accumulators sums = start(quad, channel, lanes);
    const int8_t *x_row = x, *w_row = w + channel;
    for (int32_t taps = quad->taps; taps > 0; taps -= quad->columns, x_row += quad->x_row, w_row += quad->w_row) {
      const int8_t *from = x_row, *with = w_row;
      for (int32_t column = quad->columns; column > 0; column--, from += x_column, with += w_column) {
        sums.of[0] += (uint32_t)((from[0] + offset) * with[0]);
        if (lanes != 4) continue;
        sums.of[1] += (uint32_t)((from[1] + offset) * with[1]);
        sums.of[2] += (uint32_t)((from[2] + offset) * with[2]);
        sums.of[3] += (uint32_t)((from[3] + offset) * with[3]);
      }
    }
    store(quad, channel, lanes, sums, output);
  }
}
#endif

#ifndef TINYML_QUAD_HAS_ROWS
void tinyml_quad_rows(const tinyml_quad *quad, int32_t rows, int32_t channels, const int8_t *x, int32_t x_row,
                      const int8_t *w, int8_t *output, int32_t output_row, void *room) {
  tinyml_quad one = *quad;
  (void)room;
  for (; rows > 0; rows--, x += x_row, output += output_row, one.bias += one.one_bias) {
    tinyml_quad_dot(&one, 0, channels, x, w, output);
  }
}
#endif
