#include "../tinyml_kernels.h"
#include "tinyml_depthwise_products.h"
#include "tinyml_encode_run.h"
#include "tinyml_specialised.h"
#include "tinyml_window_columns.h"

/* Output channels of four positions that are computed together. */
enum { CHANNELS = 32 };

/* What becomes of sums. */
typedef struct {
  const tinyml_conv2d_encode_s8_params *p;
  tinyml_rescaling rescaling; /* of all channels, where biases are of channels, too */
  int32_t is_by_channel;
  const float *bias;
  tinyml_encoding by;
  int8_t *output;
} finish;

/* Sums of some channels of a position, beside each other. */
static void store_codes(const finish *f, int32_t position, int32_t channel, int32_t count, const int32_t *sums) {
  float values[CHANNELS];
  const int32_t index = position * f->p->out_channels + channel;
  tinyml_rescaling own = f->rescaling;
  if (own.scale != NULL) own.scale += channel;
  if (f->is_by_channel) {
    if (own.bias != NULL) own.bias += channel;
    (void)tinyml_rescale_run(&own, sums, count, values, tinyml_empty_extent());
  } else {
    own.bias = NULL;
    for (int32_t i = 0; i < count; i++) values[i] = tinyml_rescaled(&own, sums[i], i) + f->bias[(index + i) % f->p->bias_size];
  }
  int8_t *const codes = f->output + index;
  for (int32_t i = tinyml_encode_nearest(&f->by, values, count, codes); i < count; i++) {
    codes[i] = (int8_t)tinyml_nearest_code(&f->by, values[i]);
  }
}

/* Weights of a group, of which those of the first channels of a tap may lie apart from the others. */
typedef struct {
  const int8_t *first, *rest;
  int32_t taps, firsts, rests; /* parts of a window; a window in one part is one tap */
} parted;

/* Numbers of windows of up to four positions against some output channels. at: the first of these */
TINYML_APART void add_windows(const tinyml_windows *w, const parted *of, const tinyml_window_place *at, int32_t count, int32_t channel,
                              tinyml_rows rows) {
  int8_t room[TINYML_COLUMNS][TINYML_DEPTH];
  tinyml_columns columns;
  for (int32_t tap = 0, from = 0; tap < of->taps; tap++) {
    for (int32_t part = 0; part < 2; part++) {
      const int32_t numbers = part == 0 ? of->firsts : of->rests;
      const int8_t *weights = part == 0 ? of->first : of->rest;
      rows.step = of->taps * numbers;
      weights += (ptrdiff_t)channel * rows.step + tap * numbers;
      for (int32_t done = 0, depth; done < numbers; done += depth, from += depth) {
        depth = numbers - done < TINYML_DEPTH ? numbers - done : TINYML_DEPTH;
        const int8_t *x[TINYML_COLUMNS];
        for (int32_t j = 0; j < count; j++) x[j] = tinyml_window_numbers(w, at[j], from, from + depth, room[j]);
        rows.first = weights + done;
        if (count == 1) {
          tinyml_one_column_sums(x[0], depth, w->zero_point, &rows);
        } else {
          tinyml_set_columns(&columns, x, depth, w->zero_point);
          tinyml_column_sums(&columns, &rows);
        }
        rows.add = 1;
      }
    }
  }
}

/* The channels of a group, of four positions at a time; where there are fewer, of one. input: its first channel */
static void group_codes(const tinyml_windows *w, const parted *of, const int8_t *input, int32_t group, const finish *f) {
  const tinyml_conv2d_encode_s8_params *p = f->p;
  const int32_t channels = p->out_channels / p->groups, positions = p->batch * p->out_h * p->out_w;
  int32_t sums[TINYML_COLUMNS * CHANNELS];
  for (int32_t first = 0, count; first < positions; first += count) {
    count = positions < TINYML_COLUMNS ? 1 : TINYML_COLUMNS;
    /* Where fewer are left, some are computed once more. */
    if (first > positions - count) first = positions - count;
    tinyml_window_place at[TINYML_COLUMNS];
    for (int32_t j = 0; j < count; j++) at[j] = tinyml_window_place_of(w->p, input, first + j);
    for (int32_t channel = 0, some; channel < channels; channel += some) {
      some = channels - channel < CHANNELS ? channels - channel : CHANNELS;
      const tinyml_rows rows = {.count = some, .sums = sums, .row_step = 1, .column_step = CHANNELS, .add = 0};
      add_windows(w, of, at, count, group * channels + channel, rows);
      for (int32_t j = 0; j < count; j++) store_codes(f, first + j, group * channels + channel, some, sums + j * CHANNELS);
    }
  }
}

/* Some channels of some positions of a row at a time. */
static void depthwise_codes(const tinyml_conv2d_sums_s8_params *p, const int8_t *input, int32_t zero_point, const int8_t *weights,
                            const finish *f) {
  int32_t sums[TINYML_BLOCK_PIXELS * TINYML_BLOCK_CHANNELS];
  const int32_t positions = p->batch * p->out_h * p->out_w;
  tinyml_block at;
  for (at.first = 0; at.first < p->out_channels; at.first += at.channels) {
    const int32_t left = p->out_channels - at.first;
    at.channels = left < TINYML_BLOCK_CHANNELS ? left : TINYML_BLOCK_CHANNELS;
    for (at.pixel = 0; at.pixel < positions; at.pixel += at.pixels) {
      const int32_t to_end = p->out_w - at.pixel % p->out_w;
      at.pixels = to_end < TINYML_BLOCK_PIXELS ? to_end : TINYML_BLOCK_PIXELS;
      tinyml_depthwise_positions(p, input, zero_point, weights, &at, sums);
      for (int32_t i = 0; i < at.pixels; i++) {
        store_codes(f, at.pixel + i, at.first, at.channels, sums + i * TINYML_BLOCK_CHANNELS);
      }
    }
  }
}

void tinyml_conv2d_encode_s8(const tinyml_conv2d_encode_s8_params *params, const int8_t *input, const float *quantizer,
                             const int8_t *weights, const int8_t *rest, const float *scale, const float *bias,
                             const float *output_quantizer, const float *bounds, int8_t *output, void *scratch) {
  const tinyml_conv2d_encode_s8_params *const p = params;
  /* Parameters begin as those of the sums do. */
  const tinyml_conv2d_sums_s8_params *const own = (const tinyml_conv2d_sums_s8_params *)params;
  const int32_t zero_point = tinyml_zero_point(quantizer);
  finish f = {
      .p = p,
      .rescaling = {.common = p->per_channel == 1 ? quantizer[TINYML_SCALE] : quantizer[TINYML_SCALE] * scale[0],
                    .scale = p->per_channel == 1 ? scale : NULL,
                    .bias = p->bias_size > 0 ? bias : NULL},
      .is_by_channel = p->bias_size == 0 || p->bias_size == p->out_channels,
      .bias = bias,
      .by = {.inverse = output_quantizer[TINYML_INVERSE],
             .zero_point = (float)tinyml_zero_point(output_quantizer),
             .bounds = {bounds[0], bounds[1]},
             .low = (float)p->low,
             .high = (float)p->high},
      .output = output,
  };
  (void)scratch;
  const int32_t has_channels = f.rescaling.scale != NULL || p->bias_size > 0;
  f.rescaling.is_usual = f.is_by_channel && tinyml_is_usual(&f.rescaling, has_channels ? p->out_channels : 0);
  if (tinyml_is_small_depthwise(own)) {
    depthwise_codes(own, input, zero_point, weights, &f);
    return;
  }
  const tinyml_windows windows = tinyml_windows_of(own, zero_point);
  const int32_t taps = p->kernel_h * p->kernel_w, inputs = p->in_channels / p->groups;
  const parted whole = {weights, NULL, 1, taps * inputs, 0}, apart = {weights, rest, taps, p->first_channels, p->rest_channels};
  for (int32_t group = 0; group < p->groups; group++) {
    group_codes(&windows, p->rest_channels == 0 ? &whole : &apart, input + group * inputs, group, &f);
  }
}
