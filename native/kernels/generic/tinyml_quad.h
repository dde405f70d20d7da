/* Output channels of one position, four at a time: the inner loops of convolutions and fully connected layers. Written
 * once per instruction set; tinyml_quad.c chooses. */
#ifndef TINYML_QUAD_H
#define TINYML_QUAD_H

#include <stdint.h>

/* What a layer or a position is made of. Taps are those of the window that are not in the padding; distances are in bytes. */
typedef struct {
  int32_t taps, columns;   /* in all, and in a row of the window */
  int32_t count;           /* input channels of a tap; a whole row of the window may be taken as one tap */
  int32_t x_row, x_column; /* between taps in the input */
  int32_t w_row, w_column; /* between taps in the weights */
  int32_t w_channel;       /* between output channels in the weights */
  int32_t input_offset, output_offset, act_min, act_max;
  int32_t per_channel; /* 1: a multiplier and a shift for every channel; 0: one for all */
  int32_t one_bias;    /* 1: one bias for all channels; 0: one for each */
  const int32_t *bias, *multiplier, *shift;
} tinyml_quad;

/* How many channels to take at `channel` of channels that stop at `end`: 4, or 1 where fewer than 4 are left. */
static inline int32_t tinyml_quad_lanes(int32_t channel, int32_t end) {
  return end - channel >= 4 ? 4 : 1;
}

/* output[i] = output channel first + i < end, each of which reads all input channels of the window. x is its first tap,
 * w the weights of that tap for channel 0. */
void tinyml_quad_dot(const tinyml_quad *quad, int32_t first, int32_t end, const int8_t *x, const int8_t *w,
                     int8_t *output);

/* The same for several rows of one tap each: channels 0 to `channels` of row r, whose inputs lie `x_row` bytes after those of
 * the row before. With `one_bias` every row has its own: bias[r]. room: TINYML_QUAD_ROOM(count) bytes, aligned as int32. */
void tinyml_quad_rows(const tinyml_quad *quad, int32_t rows, int32_t channels, const int8_t *x, int32_t x_row,
                      const int8_t *w, int8_t *output, int32_t output_row, void *room);

#define TINYML_QUAD_ROOM(count) (4 * (count))

/* The same as tinyml_quad_dot for output channels that each read one input channel, x[i]. `count` and `w_channel` are not used. */
void tinyml_quad_multiply(const tinyml_quad *quad, int32_t first, int32_t end, const int8_t *x, const int8_t *w,
                          int8_t *output);

#endif
