/* Windows of 3x3 on planes of bytes. Included by bodies for cores, which say how a band is computed. */
#ifndef TINYML_SMALL_WINDOWS_H
#define TINYML_SMALL_WINDOWS_H

#include "tinyml_byte_planes.h"

/* Rows and columns of a window. */
enum { TINYML_WINDOW = 3 };

/* One channel of a band. */
typedef struct {
  int32_t first_weights[TINYML_WINDOW], bias, weights[2 * TINYML_WINDOW]; /* the bias behind the first row of weights */
  int32_t doubled, power, zero_point;
  int8_t *output;
  int32_t channels;  /* bytes from an output to the next */
  const int8_t *end; /* of the pixels that a loop begins at */
  const int8_t *plane;
  int32_t pitch, step; /* bytes from a row of the plane to the next, and to that of the next row of outputs */
  int32_t fours, ones; /* pixels of a row that outputs begin at which are computed by fours, and one by one */
  int32_t rows;
} tinyml_channel_band;

/* What all channels have in common. */
static void tinyml_begin_band(const tinyml_depthwise_conv2d_planes_s8_params *p, int32_t pitch, void *own) {
  tinyml_channel_band *const band = own;
  band->zero_point = p->output_zero_point;
  band->channels = p->in_channels;
  band->pitch = pitch;
  band->step = pitch * p->stride_h;
  band->fours = p->stride_w * (p->out_w & ~3);
  band->ones = p->stride_w * (p->out_w & 3);
}

/* A channel: its weights, what requantises it, and its bias without the zero point of the input. */
static inline tinyml_channel_band *tinyml_band_of(const tinyml_plane_channel *channel, void *own) {
  tinyml_channel_band *const band = own;
  const int8_t *weights = channel->weights;
  uint32_t sum = 0;
  for (int32_t i = 0; i < TINYML_WINDOW * TINYML_WINDOW; i++, weights += channel->channels) {
    *(i < TINYML_WINDOW ? band->first_weights + i : band->weights + i - TINYML_WINDOW) = *weights;
    sum += (uint32_t)*weights;
  }
  band->bias = (int32_t)((uint32_t)channel->bias - sum * (uint32_t)channel->padding);
  band->doubled = channel->scale[0];
  band->power = channel->scale[1];
  band->plane = channel->plane;
  band->output = channel->output;
  band->rows = channel->rows;
  return band;
}

#endif
