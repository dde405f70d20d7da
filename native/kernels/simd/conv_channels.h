/* The output channels of a convolution, as packing takes them. */
#ifndef TINYML_SIMD_CONV_CHANNELS_H
#define TINYML_SIMD_CONV_CHANNELS_H

#include "conv_image.h"

/* What pack reads. */
typedef struct {
  const tinyml_conv2d_s8_params *p;
  layout l;
  const int8_t *weights;
  const int32_t *bias, *multiplier, *shift;
} source;

/* The output channel of a lane of all blocks of all groups; -1 beyond the last of a group. */
static int32_t channel_of_lane(const layout *l, int64_t index) {
  const int64_t lanes = (int64_t)l->blocks * TINYML_LANES, group = index / lanes, at = index % lanes;
  return at < l->group_out ? (int32_t)(group * l->group_out + at) : -1;
}

static tinyml_channel channel_at(const void *of, int64_t index) {
  const source *s = of;
  const int32_t channel = channel_of_lane(&s->l, index);
  if (channel < 0) return (tinyml_channel){0, 0, 0, 0};
  const int64_t taps = (int64_t)s->p->kernel_h * s->p->kernel_w * s->l.group_in;
  return tinyml_channel_of(s->weights + channel * taps, taps, 1, s->p->input_offset, s->bias[channel],
                           s->multiplier[channel], s->shift[channel]);
}

#endif
