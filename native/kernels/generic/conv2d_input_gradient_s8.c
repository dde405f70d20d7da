#include <stddef.h>
#include <string.h>

#include "../tinyml_kernels.h"
#include "tinyml_columns.h"
#include "tinyml_depthwise_products.h"
#include "tinyml_lanes.h"
#include "tinyml_specialised.h"
#include "tinyml_window.h"

/* Rows whose sums are kept aside where there are fewer channels than columns. */
enum { ASIDE = 8 };

/* Adds the sums of the first `channels` columns. */
static void add_sums(const tinyml_columns *columns, const tinyml_rows *rows, int32_t channels) {
  int32_t aside[ASIDE * TINYML_COLUMNS];
  if (channels >= TINYML_COLUMNS) {
    tinyml_column_sums(columns, rows);
    return;
  }
  tinyml_rows some = {.first = rows->first, .step = rows->step, .sums = aside, .row_step = TINYML_COLUMNS, .column_step = 1, .sparse = 1};
  int32_t *to = rows->sums;
  for (int32_t left = rows->count; left > 0; left -= some.count, some.first += some.count * rows->step) {
    some.count = left < ASIDE ? left : ASIDE;
    tinyml_column_sums(columns, &some);
    for (int32_t i = 0; i < some.count; i++, to += rows->row_step) {
      for (int32_t c = 0; c < channels; c++) {
        const uint32_t before = rows->add ? (uint32_t)to[c] : 0u;
        to[c] = (int32_t)(before + (uint32_t)aside[i * TINYML_COLUMNS + c]);
      }
    }
  }
}

/* A tap, of four channels of the input, or fewer, and some of the output. */
typedef struct {
  const int8_t *gradient; /* the first of these channels */
  int32_t *sums;
  int32_t ky, kx, channels, add;
} part;

/* The products of all positions. */
static void add_part(const tinyml_conv2d_input_gradient_s8_params *p, const tinyml_columns *columns, part of) {
  tinyml_rows rows = {.step = p->out_channels, .row_step = p->stride_w * p->in_channels, .column_step = 1, .add = of.add, .sparse = 1};
  if (tinyml_is_pixelwise(p)) {
    rows.first = of.gradient;
    rows.sums = of.sums;
    rows.count = p->batch * p->in_h * p->in_w;
    add_sums(columns, &rows, of.channels);
    return;
  }
  const int32_t top = of.ky * p->dilation_h - p->pad_top, left = of.kx * p->dilation_w - p->pad_left;
  const tinyml_taps y = tinyml_positions_inside(top, p->stride_h, p->in_h, p->out_h);
  const tinyml_taps x = tinyml_positions_inside(left, p->stride_w, p->in_w, p->out_w);
  rows.count = x.end - x.first;
  if (rows.count < 1) return;
  for (int32_t image = 0; image < p->batch; image++) {
    for (int32_t oy = y.first; oy < y.end; oy++) {
      const ptrdiff_t position = ((ptrdiff_t)image * p->out_h + oy) * p->out_w + x.first;
      const ptrdiff_t row = (ptrdiff_t)image * p->in_h + oy * p->stride_h + top;
      rows.first = of.gradient + position * p->out_channels;
      rows.sums = of.sums + (row * p->in_w + x.first * p->stride_w + left) * p->in_channels;
      add_sums(columns, &rows, of.channels);
    }
  }
}

/* Gradients of the channels of a group, four at a time: columns are the weights of one of them for the channels of the output. */
TINYML_APART void group_gradient(const tinyml_conv2d_input_gradient_s8_params *p, const int8_t *gradient, const int8_t *weights,
                           int32_t *input_gradient) {
  const int32_t inputs = p->in_channels / p->groups, outputs = p->out_channels / p->groups;
  const int32_t taps = p->kernel_h * p->kernel_w, is_only = tinyml_is_pixelwise(p);
  int8_t room[TINYML_COLUMNS][TINYML_DEPTH];
  tinyml_columns columns;
  for (int32_t first = 0; first < inputs; first += TINYML_COLUMNS) {
    const int32_t channels = inputs - first < TINYML_COLUMNS ? inputs - first : TINYML_COLUMNS;
    for (int32_t tap = 0; tap < taps; tap++) {
      for (int32_t from = 0, depth; from < outputs; from += depth) {
        depth = outputs - from < TINYML_DEPTH ? outputs - from : TINYML_DEPTH;
        const int8_t *w = weights + ((ptrdiff_t)from * taps + tap) * inputs + first;
        tinyml_set_turned_columns(&columns, w, taps * inputs, channels, depth, 0, room);
        const part of = {gradient + from, input_gradient + first, tap / p->kernel_w, tap % p->kernel_w, channels, !is_only || from > 0};
        add_part(p, &columns, of);
      }
    }
  }
}

/* Gradients of four channels of one position, or fewer: those of weights times a number, where it is not 0. lanes: a constant where there are four */
TINYML_SPECIALISED void some_channels(const int8_t *gradient, int32_t outputs, const int8_t *w, int32_t inputs, int32_t lanes,
                                      int32_t *input_gradient) {
  tinyml_lane_sums sums = tinyml_no_sums();
  for (const int8_t *const end = gradient + outputs; gradient != end; w += inputs) {
    const int32_t g = *gradient++;
    if (g != 0) sums = tinyml_add_scaled(sums, tinyml_some_lanes(w, lanes, 0), g);
  }
  tinyml_store_some(input_gradient, lanes, sums);
}

/* Of few positions that each read a pixel of their own. */
static void few_positions(const tinyml_conv2d_input_gradient_s8_params *p, const int8_t *gradient, const int8_t *weights,
                          int32_t *input_gradient) {
  const int32_t inputs = p->in_channels, outputs = p->out_channels, whole = inputs - inputs % TINYML_LANES;
  for (int32_t left = p->batch * p->in_h * p->in_w; left > 0; left--, gradient += outputs, input_gradient += inputs) {
    for (int32_t c = 0; c < whole; c += TINYML_LANES) {
      some_channels(gradient, outputs, weights + c, inputs, TINYML_LANES, input_gradient + c);
    }
    if (whole < inputs) some_channels(gradient, outputs, weights + whole, inputs, inputs - whole, input_gradient + whole);
  }
}

void tinyml_conv2d_input_gradient_s8(const tinyml_conv2d_input_gradient_s8_params *params, const int8_t *gradient,
                                     const int8_t *weights, int32_t *input_gradient, void *scratch) {
  const tinyml_conv2d_input_gradient_s8_params p = *params;
  const int32_t inputs = p.in_channels / p.groups, outputs = p.out_channels / p.groups;
  const ptrdiff_t filter = (ptrdiff_t)p.kernel_h * p.kernel_w * inputs, pixels = (ptrdiff_t)p.batch * p.in_h * p.in_w;
  (void)scratch;
  if (tinyml_is_pixelwise(&p) && p.groups == 1 && pixels < TINYML_COLUMNS) {
    few_positions(&p, gradient, weights, input_gradient);
    return;
  }
  if (!tinyml_is_pixelwise(&p) || tinyml_is_small_depthwise(&p)) {
    memset(input_gradient, 0, (size_t)(pixels * p.in_channels) * sizeof(*input_gradient));
  }
  if (tinyml_is_small_depthwise(&p)) {
    tinyml_depthwise_input_gradient(&p, gradient, weights, input_gradient);
    return;
  }
  for (int32_t group = 0; group < p.groups; group++) {
    group_gradient(&p, gradient + group * outputs, weights + group * outputs * filter, input_gradient + group * inputs);
  }
}
