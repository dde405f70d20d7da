#include "tinyml_weight_sums.h"

#include <string.h>

#include "tinyml_columns.h"
#include "tinyml_depthwise_products.h"
#include "tinyml_lanes.h"
#include "tinyml_specialised.h"
#include "tinyml_window.h"

/* Output channels at a time, and weights of each that are taken together. */
enum { CHANNELS = 16, TAKEN = 16 };

static int32_t sum_of(const int8_t *codes, int32_t count) {
  int32_t sum = 0;
  for (int32_t i = 0; i < count; i++) sum += codes[i];
  return sum;
}

/* A group of channels. */
typedef struct {
  const tinyml_conv2d_sums_s8_params *p;
  const int8_t *input, *gradient; /* its first channels */
  int32_t zero_point;
  int32_t inputs, outputs, weights; /* channels, and weights of one of the output */
  int32_t positions;
  int32_t is_pixelwise; /* each position reads the pixel of its own number and nothing else */
} group;

/* A tap, and channels of the group. */
typedef struct {
  int32_t ky, kx, first, count;
} tap_channels;

/* Codes that a tap meets at the positions from `position` on, a row for each channel; the zero point where it lies in the padding. */
static void inputs_of_tap(const group *g, tap_channels of, int32_t position, int32_t depth, int8_t *to) {
  const tinyml_conv2d_sums_s8_params *p = g->p;
  const int32_t top = of.ky * p->dilation_h - p->pad_top, left = of.kx * p->dilation_w - p->pad_left;
  const tinyml_taps inside = tinyml_positions_inside(left, p->stride_w, p->in_w, p->out_w);
  int32_t row = position / p->out_w, ox = position - row * p->out_w;
  for (int32_t rest = depth, count; rest > 0; rest -= count, to += count, ox = 0, row++) {
    const int32_t image = row / p->out_h, y = (row - image * p->out_h) * p->stride_h + top;
    count = p->out_w - ox < rest ? p->out_w - ox : rest;
    /* Positions of the row that lie inside. */
    const int32_t is_row = y >= 0 && y < p->in_h, end = ox + count;
    const int32_t low = inside.first > ox ? inside.first : ox, high = inside.end < end ? inside.end : end;
    const int32_t met = is_row && high > low ? high - low : 0;
    if (met < count) {
      for (int32_t c = 0; c < of.count; c++) memset(to + c * TINYML_DEPTH, g->zero_point, (size_t)count);
    }
    if (met == 0) continue;
    const int8_t *const from =
        g->input + ((ptrdiff_t)(image * p->in_h + y) * p->in_w + low * p->stride_w + left) * p->in_channels + of.first;
    tinyml_turn_codes(from, p->stride_w * p->in_channels, met, of.count, to + low - ox, TINYML_DEPTH);
  }
}

/* Columns of the codes that some weights from `first` on are multiplied with, at some positions. */
static void set_inputs(const group *g, int32_t first, int32_t weights, int32_t position, int32_t depth, tinyml_columns *columns,
                       int8_t (*room)[TINYML_DEPTH]) {
  const tinyml_conv2d_sums_s8_params *p = g->p;
  if (g->is_pixelwise) {
    const int8_t *const from = g->input + (ptrdiff_t)position * p->in_channels + first;
    tinyml_set_turned_columns(columns, from, p->in_channels, weights, depth, g->zero_point, room);
    return;
  }
  for (int32_t i = 0, count; i < weights; i += count) {
    const int32_t tap = (first + i) / g->inputs, channel = first + i - tap * g->inputs, ky = tap / p->kernel_w;
    count = weights - i < g->inputs - channel ? weights - i : g->inputs - channel;
    const tap_channels of = {ky, tap - ky * p->kernel_w, channel, count};
    inputs_of_tap(g, of, position, depth, room[i]);
  }
  const int8_t *x[TINYML_COLUMNS];
  for (int32_t i = 0; i < TINYML_COLUMNS; i++) x[i] = room[i < weights ? i : 0];
  tinyml_set_columns(columns, x, depth, g->zero_point);
}

/* Some output channels: four weights of each at a time over all positions, of which some are taken together. */
TINYML_APART void channel_sums(const group *g, int32_t channel, int32_t channels, int32_t *bias_gradient, tinyml_take_sums *take,
                         void *context) {
  int8_t gradients[CHANNELS][TINYML_DEPTH], inputs[TINYML_COLUMNS][TINYML_DEPTH];
  int32_t sums[CHANNELS * TAKEN];
  tinyml_columns columns;
  const int32_t is_short = g->positions <= TINYML_DEPTH, group_first = channel % g->outputs;
  for (int32_t i = 0; i < channels; i++) bias_gradient[channel + i] = 0;
  for (int32_t first = 0; first < g->weights; first += TINYML_COLUMNS) {
    const int32_t weights = g->weights - first < TINYML_COLUMNS ? g->weights - first : TINYML_COLUMNS;
    tinyml_rows rows = {
        .first = gradients[0], .step = TINYML_DEPTH, .count = channels, .sums = sums + first % TAKEN, .row_step = TAKEN, .column_step = 1, .sparse = 1};
    for (int32_t from = 0, depth; from < g->positions; from += depth) {
      depth = g->positions - from < TINYML_DEPTH ? g->positions - from : TINYML_DEPTH;
      if (first == 0 || !is_short) {
        const int8_t *const gradient = g->gradient + (ptrdiff_t)from * g->p->out_channels + group_first;
        tinyml_turn_codes(gradient, g->p->out_channels, depth, channels, gradients[0], TINYML_DEPTH);
      }
      if (first == 0) {
        for (int32_t i = 0; i < channels; i++) {
          bias_gradient[channel + i] = (int32_t)((uint32_t)bias_gradient[channel + i] + (uint32_t)sum_of(gradients[i], depth));
        }
      }
      set_inputs(g, first, weights, from, depth, &columns, inputs);
      rows.add = from > 0;
      tinyml_column_sums(&columns, &rows);
    }
    const int32_t taken = first % TAKEN + weights;
    if (taken < TAKEN && first + weights < g->weights) continue;
    for (int32_t i = 0; i < channels; i++) take(context, channel + i, first + weights - taken, taken, sums + i * TAKEN);
  }
}

/* One position that reads one pixel: each weight has one product. */
TINYML_APART void one_position(const group *g, int32_t *bias_gradient, tinyml_take_sums *take, void *context) {
  int32_t sums[TINYML_DEPTH];
  for (int32_t channel = 0; channel < g->outputs; channel++) {
    const int32_t gradient = g->gradient[channel];
    bias_gradient[channel] = gradient;
    for (int32_t first = 0, count; first < g->weights; first += count) {
      const int8_t *x = g->input + first;
      count = g->weights - first < TINYML_DEPTH ? g->weights - first : TINYML_DEPTH;
      for (int32_t i = 0; i < count; i++) sums[i] = (x[i] - g->zero_point) * gradient;
      take(context, channel, first, count, sums);
    }
  }
}

/* Of each output channel the one of the input, four at a time. */
TINYML_APART void depthwise_sums(const tinyml_conv2d_sums_s8_params *p, const int8_t *input, int32_t zero_point, const int8_t *gradient,
                           int32_t *bias_gradient, tinyml_take_sums *take, void *context) {
  const int32_t channels = p->out_channels, taps = p->kernel_h * p->kernel_w;
  for (int32_t i = 0; i < channels; i++) bias_gradient[i] = 0;
  for (int32_t position = 0; position < p->batch * p->out_h * p->out_w; position++) {
    const int8_t *const g = gradient + (ptrdiff_t)position * channels;
    for (int32_t i = 0; i < channels; i++) bias_gradient[i] = (int32_t)((uint32_t)bias_gradient[i] + (uint32_t)g[i]);
  }
  for (int32_t c = 0; c < channels; c += TINYML_LANES) {
    const int32_t lanes = channels - c < TINYML_LANES ? channels - c : TINYML_LANES;
    for (int32_t tap = 0; tap < taps; tap++) {
      int32_t sums[TINYML_LANES];
      tinyml_tap_sums(p, input + c, zero_point, gradient + c, tap, lanes, sums);
      for (int32_t i = 0; i < lanes; i++) take(context, c + i, tap, 1, sums + i);
    }
  }
}

void tinyml_weight_sums(const tinyml_conv2d_sums_s8_params *params, const int8_t *input, int32_t zero_point,
                        const int8_t *gradient, int32_t *bias_gradient, tinyml_take_sums *take, void *context) {
  const tinyml_conv2d_sums_s8_params p = *params;
  if (tinyml_is_depthwise(&p) && p.groups > 1) {
    depthwise_sums(&p, input, zero_point, gradient, bias_gradient, take, context);
    return;
  }
  group g = {
      .p = &p,
      .zero_point = zero_point,
      .inputs = p.in_channels / p.groups,
      .outputs = p.out_channels / p.groups,
      .positions = p.batch * p.out_h * p.out_w,
  };
  g.is_pixelwise = tinyml_is_pixelwise(&p);
  g.weights = p.kernel_h * p.kernel_w * g.inputs;
  for (int32_t i = 0; i < p.groups; i++) {
    g.input = input + i * g.inputs;
    g.gradient = gradient + i * g.outputs;
    if (g.positions == 1 && g.is_pixelwise && p.groups == 1) {
      one_position(&g, bias_gradient, take, context);
      return;
    }
    for (int32_t channel = 0, channels; channel < g.outputs; channel += channels) {
      channels = g.outputs - channel < CHANNELS ? g.outputs - channel : CHANNELS;
      channel_sums(&g, i * g.outputs + channel, channels, bias_gradient, take, context);
    }
  }
}
