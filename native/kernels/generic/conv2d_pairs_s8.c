#include <string.h>

#include "../tinyml_kernels.h"
#include "tinyml_channel_pairs.h"

/* Where the window of an output position begins. */
typedef struct {
  const int8_t *image;
  int32_t y, x;
} window;

static window window_of(const tinyml_conv2d_pairs_s8_params *p, const int8_t *input, int32_t position) {
  const int32_t row = position / p->out_w;
  return (window){
      .image = input + row / p->out_h * p->in_h * p->in_w * p->in_channels,
      .y = row % p->out_h * p->stride_h - p->pad_top,
      .x = position % p->out_w * p->stride_w - p->pad_left,
  };
}

/* A row of a window: in the input, or in `room` where some of it is padding. */
static const int8_t *row_of(const tinyml_conv2d_pairs_s8_params *p, window from, int32_t ky, int8_t *room) {
  const int32_t y = from.y + ky, channels = p->in_channels, zero_point = p->input_zero_point;
  const int32_t within = y >= 0 && y < p->in_h;
  if (within && from.x >= 0 && from.x + p->kernel_w <= p->in_w) return from.image + (y * p->in_w + from.x) * channels;
  int32_t first = from.x < 0 ? -from.x : 0, end = p->in_w - from.x;
  if (first > p->kernel_w || !within) first = p->kernel_w;
  if (end > p->kernel_w) end = p->kernel_w;
  if (end < first) end = first;
  memset(room, zero_point, (size_t)(first * channels));
  if (end > first) {
    memcpy(room + first * channels, from.image + (y * p->in_w + from.x + first) * channels, (size_t)((end - first) * channels));
  }
  memset(room + end * channels, zero_point, (size_t)((p->kernel_w - end) * channels));
  return room;
}

#ifdef TINYML_PAIRS_DSP
#include "../armv7em/conv2d_pairs_s8.h"
#else
static void all_positions(const tinyml_conv2d_pairs_s8_params *p, const int8_t *input, const int32_t *table,
                          int8_t *output, void *scratch) {
  const int32_t run = p->kernel_w * p->in_channels, row_words = (run + 1) / 2, channels = p->out_channels;
  for (int32_t position = 0; position < p->batch * p->out_h * p->out_w; position++, output += channels) {
    const window from = window_of(p, input, position);
    const int32_t *block = table;
    for (int32_t channel = 0; channel < channels; channel += 2, block += p->words + TINYML_PAIR_EXTRAS) {
      tinyml_pair_sums sums = {(uint32_t)block[0], (uint32_t)block[1]};
      for (int32_t ky = 0; ky < p->kernel_h; ky++) {
        sums = tinyml_pair_run(sums, row_of(p, from, ky, scratch), run, block + 2 + ky * row_words);
      }
      const int32_t *scale = block + 2 + p->words;
      output[channel] = tinyml_pair_narrow(tinyml_pair_first(sums), scale[0], scale[1], p->output_zero_point);
      if (channel + 1 == channels) break;
      output[channel + 1] = tinyml_pair_narrow(tinyml_pair_second(sums), scale[2], scale[3], p->output_zero_point);
    }
  }
}
#endif

void tinyml_conv2d_pairs_s8(const tinyml_conv2d_pairs_s8_params *params, const int8_t *input, const int32_t *table,
                            int8_t *output, void *scratch) {
  all_positions(params, input, table, output, scratch);
}
