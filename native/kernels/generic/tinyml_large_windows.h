/* Windows of 5x5 and 7x7 on planes of bytes, four outputs of a row at a time, for cores without DSP instructions. Included by
 * generic/depthwise_conv2d_large_planes_s8.c. */
#ifndef TINYML_LARGE_WINDOWS_H
#define TINYML_LARGE_WINDOWS_H

#include "tinyml_byte_planes.h"
#include "tinyml_channel_pairs.h"
#include "tinyml_words.h"

/* A channel: its bias without the zero point of the input. The first two for assembly. */
typedef struct {
  int32_t bias, pitch;
  int32_t taps, step; /* pixels from a row of windows to the next */
  int32_t stride, count; /* outputs of a row */
  int32_t scale[2], zero_point;
  int32_t weights[];
} channel_windows;

/* Sums of four windows side by side. */
typedef void four_sums(const channel_windows *windows, const int8_t *x, const int32_t *weights, int32_t *sums);

#ifdef TINYML_WORDS_THUMB2
#include "../armv7m/tinyml_large_windows.h"
#else
#include "../armv6m/tinyml_large_windows.h"
#endif

FOUR_SUMS(five, "5", FIVE)
FOUR_SUMS(five_of_two, "5", FIVE_OF_TWO)
FOUR_SUMS(seven, "7", SEVEN)
FOUR_SUMS(seven_of_two, "7", SEVEN_OF_TWO)

static void begin(const tinyml_depthwise_conv2d_planes_s8_params *p, int32_t pitch, void *own) {
  channel_windows *const windows = own;
  windows->pitch = pitch;
  windows->taps = p->kernel_h * p->kernel_w;
  windows->step = pitch * p->stride_h;
  windows->stride = p->stride_w;
  windows->count = p->out_w;
  windows->zero_point = p->output_zero_point;
}

/* All outputs of a channel in a band. Where a row has no four left, windows reach into what is behind it, and nobody asks for their sums: of the last plane
 * the part of the scratch that planes of int16 would have. */
static inline void all_rows(const tinyml_plane_channel *channel, channel_windows *w, four_sums *four) {
  const int32_t channels = channel->channels;
  const int8_t *weights = channel->weights, *row = channel->plane;
  uint32_t sum = 0;
  for (int32_t i = 0; i < w->taps; i++, weights += channels) sum += (uint32_t)(w->weights[i] = *weights);
  w->bias = (int32_t)((uint32_t)channel->bias - sum * (uint32_t)channel->padding);
  w->scale[0] = channel->scale[0], w->scale[1] = channel->scale[1];
  int8_t *output = channel->output;
  for (int32_t i = channel->rows; i > 0; i--, row += w->step) {
    const int8_t *x = row;
    for (int32_t rest = w->count; rest > 0; rest -= 4, x += 4 * w->stride) {
      const int32_t count = rest < 4 ? rest : 4;
      int32_t sums[4];
      four(w, x, w->weights, sums);
      narrow_sums(w, sums, count, output, channels);
      output += count * channels;
    }
  }
}

#define CHANNEL(name, four) \
  static void name(const tinyml_plane_channel *channel, void *own) { all_rows(channel, own, four); }

CHANNEL(channel_of_five, five)
CHANNEL(channel_of_five_of_two, five_of_two)
CHANNEL(channel_of_seven, seven)
CHANNEL(channel_of_seven_of_two, seven_of_two)

static void all_positions(const tinyml_depthwise_conv2d_planes_s8_params *p, const int8_t *input, const int8_t *weights, const int32_t *bias,
                          const int32_t *scales, int8_t *output, void *scratch) {
  const size_t own = sizeof(channel_windows) + (size_t)(p->kernel_h * p->kernel_w) * sizeof(int32_t);
  tinyml_planes_loops loops = {
      .lay_out = lay_out,
      .begin = begin,
      .own = scratch,
      .more = MORE,
      .pitch = p->stride_w * (p->out_w - 1) + p->kernel_w,
  };
  if (p->kernel_w == 5) {
    loops.channel = p->stride_w == 1 ? channel_of_five : channel_of_five_of_two;
  } else {
    loops.channel = p->stride_w == 1 ? channel_of_seven : channel_of_seven_of_two;
  }
  tinyml_all_planes(&loops, p, input, weights, bias, scales, output, (int8_t *)scratch + own);
}

#endif
