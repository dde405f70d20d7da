/* The inner loop of convolutions and fully connected layers. */
#ifndef TINYML_DOT_H
#define TINYML_DOT_H

#include <stdint.h>

/* acc[j] += sum of (x[i] + offset) * w[j * stride + i] over i in [0, count), for j in [0, 4): one run of inputs against
 * four output channels. Accumulators are unsigned so that they wrap. */
static inline void tinyml_dot_1x4(uint32_t acc[4], const int8_t *x, const int8_t *w, int32_t stride, int32_t count,
                                  int32_t offset) {
  const int8_t *w0 = w, *w1 = w0 + stride, *w2 = w1 + stride, *w3 = w2 + stride;
  uint32_t a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];
  for (const int8_t *end = x + count; x != end;) {
    const int32_t value = *x++ + offset;
    a0 += (uint32_t)(value * *w0++);
    a1 += (uint32_t)(value * *w1++);
    a2 += (uint32_t)(value * *w2++);
    a3 += (uint32_t)(value * *w3++);
  }
  acc[0] = a0;
  acc[1] = a1;
  acc[2] = a2;
  acc[3] = a3;
}

/* Four output channels at a time: the first channel of the block that covers `channel` and, for the last block of a
 * count that is no multiple of four, channels already done. Below four channels a block is one channel four times. */
typedef struct {
  int32_t first, step;
} tinyml_block;

static inline tinyml_block tinyml_block_at(int32_t channel, int32_t channels) {
  tinyml_block block = {channel, 1};
  if (channels < 4) {
    block.step = 0;
  } else if (channel > channels - 4) {
    block.first = channels - 4;
  }
  return block;
}

#endif
