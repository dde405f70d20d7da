/* Convolutions of several groups as ordinary ones: the input channels of a group are laid out beside each other, for a band of rows of outputs at a
 * time, and its outputs go to their places afterwards. */
#ifndef TINYML_CHANNEL_GROUPS_H
#define TINYML_CHANNEL_GROUPS_H

#include "tinyml_packed_windows.h"

/* Rows of outputs, and what they read. */
typedef struct {
  tinyml_conv2d_pairs_s8_params conv; /* of one group */
  const int8_t *input;                /* the first row that is read */
  int8_t *output;
  int8_t *laid_out, *codes; /* rows of a group, and what becomes of them */
} tinyml_band;

/* The band from a row on, those of all images one after the other; conv: of one group over all rows. */
static inline tinyml_band tinyml_band_of(const tinyml_conv2d_groups_pairs_s8_params *p, const int8_t *input, int32_t row, int8_t *output,
                                         void *scratch) {
  const int32_t y = row % p->out_h, group_in = p->in_channels / p->groups;
  const int32_t count = p->out_h - y < p->band ? p->out_h - y : p->band;
  const int32_t start = y * p->stride_h - p->pad_top, window = (p->kernel_h - 1) * p->dilation_h + 1;
  const int32_t reach = (count - 1) * p->stride_h + window, most = (p->band - 1) * p->stride_h + window;
  const int32_t first = start > 0 ? start : 0, end = start + reach < p->in_h ? start + reach : p->in_h;
  /* Windows that only see padding lie above the row that they are given. */
  const int32_t is_outside = end <= first;
  const int32_t image = row / p->out_h * p->in_h + (is_outside ? 0 : first);
  const int32_t codes = p->band * p->out_w * p->group_channels;
  tinyml_band band = {
      .conv =
          {
              .batch = 1,
              .in_h = is_outside ? 1 : end - first,
              .in_w = p->in_w,
              .in_channels = group_in,
              .out_h = count,
              .out_w = p->out_w,
              .out_channels = p->group_channels,
              .kernel_h = p->kernel_h,
              .kernel_w = p->kernel_w,
              .stride_h = p->stride_h,
              .stride_w = p->stride_w,
              .dilation_h = p->dilation_h,
              .dilation_w = p->dilation_w,
              .pad_top = is_outside ? reach : first - start,
              .pad_left = p->pad_left,
              .words = p->words,
              .room = p->room,
              .input_zero_point = p->input_zero_point,
              .output_zero_point = p->output_zero_point,
              .act_min = p->act_min,
              .act_max = p->act_max,
          },
      .input = input + image * p->in_w * p->in_channels,
      .output = output + row * p->out_w * p->out_channels,
  };
  band.codes = (int8_t *)scratch + p->room - codes;
  band.laid_out = band.codes - (most < p->in_h ? most : p->in_h) * p->in_w * group_in;
  return band;
}

/* The channels of a group, pixel after pixel. */
static inline void tinyml_lay_out_group(const tinyml_conv2d_groups_pairs_s8_params *p, const tinyml_band *band, int32_t group) {
  const int32_t channels = band->conv.in_channels, apart = p->in_channels;
  const int8_t *from = band->input + group * channels;
  int8_t *to = band->laid_out;
  for (int32_t left = band->conv.in_h * p->in_w; left > 0; left--, from += apart, to += channels) tinyml_copy_codes(to, from, channels);
}

/* The outputs of a group, position after position. */
static inline void tinyml_put_group(const tinyml_conv2d_groups_pairs_s8_params *p, const tinyml_band *band, int32_t group) {
  const int32_t channels = p->group_channels, apart = p->out_channels;
  const int8_t *from = band->codes;
  int8_t *to = band->output + group * channels;
  for (int32_t left = band->conv.out_h * p->out_w; left > 0; left--, from += channels, to += apart) tinyml_copy_codes(to, from, channels);
}

#endif
