#include <stddef.h>

#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"
#include "tinyml_window.h"

/* One convolution as its outputs read it. */
typedef struct {
  const int8_t *input, *weights, *rest;
  int32_t zero_point;
} operands;

/* The taps of a window that lie inside, and the first pixel of those. */
typedef struct {
  tinyml_taps rows, columns;
  const int8_t *first;
} window;

static window window_at(const tinyml_conv2d_encode_s8_params *p, const int8_t *input, int32_t row, int32_t ox) {
  const int32_t y = row % p->out_h * p->stride_h - p->pad_top, x = ox * p->stride_w - p->pad_left;
  const tinyml_taps rows = tinyml_valid_taps(y, p->dilation_h, p->kernel_h, p->in_h);
  const tinyml_taps columns = tinyml_valid_taps(x, p->dilation_w, p->kernel_w, p->in_w);
  const ptrdiff_t line = (ptrdiff_t)(row / p->out_h) * p->in_h + y + rows.first * p->dilation_h;
  const int is_empty = rows.end <= rows.first || columns.end <= columns.first;
  return (window){rows, columns,
                  is_empty ? input : input + (line * p->in_w + x + columns.first * p->dilation_w) * p->in_channels};
}

static uint32_t sum_of(const tinyml_conv2d_encode_s8_params *p, operands o, window at, int32_t oc) {
  const int32_t first = p->first_channels, others = p->rest_channels;
  const ptrdiff_t column = (ptrdiff_t)p->dilation_w * p->in_channels;
  const ptrdiff_t line = (ptrdiff_t)p->dilation_h * p->in_w * p->in_channels;
  const int8_t *from = at.first + oc / (p->out_channels / p->groups) * (first + others);
  uint32_t sum = 0;
  for (int32_t ky = at.rows.first; ky < at.rows.end; ky++, from += line) {
    const ptrdiff_t tap = ((ptrdiff_t)oc * p->kernel_h + ky) * p->kernel_w + at.columns.first;
    const int8_t *x = from, *w = o.weights + tap * first, *r = o.rest + tap * others;
    for (int32_t kx = at.columns.first; kx < at.columns.end; kx++, x += column) {
      for (int32_t ic = 0; ic < first; ic++) sum += (uint32_t)((x[ic] - o.zero_point) * *w++);
      for (int32_t ic = 0; ic < others; ic++) sum += (uint32_t)((x[first + ic] - o.zero_point) * *r++);
    }
  }
  return sum;
}

void tinyml_conv2d_encode_s8(const tinyml_conv2d_encode_s8_params *params, const int8_t *input, const float *quantizer,
                             const int8_t *weights, const int8_t *rest, const float *scale, const float *bias,
                             const float *output_quantizer, const float *bounds, int8_t *output, void *scratch) {
  const tinyml_conv2d_encode_s8_params p = *params;
  const operands own = {input, weights, rest, tinyml_zero_point(quantizer)};
  const float zero_point = (float)tinyml_zero_point(output_quantizer);
  int32_t of_bias = 0;
  (void)scratch;
  for (int32_t row = 0; row < p.batch * p.out_h; row++) {
    for (int32_t ox = 0; ox < p.out_w; ox++) {
      const window at = window_at(params, input, row, ox);
      for (int32_t oc = 0; oc < p.out_channels; oc++) {
        const float factor = quantizer[TINYML_SCALE] * scale[p.per_channel == 1 ? oc : 0];
        float value = (float)(int32_t)sum_of(params, own, at, oc) * factor;
        if (p.bias_size > 0) {
          value += bias[of_bias];
          if (++of_bias == p.bias_size) of_bias = 0;
        }
        value = tinyml_between(value, bounds[0], bounds[1]);
        value = value * output_quantizer[TINYML_INVERSE] + zero_point;
        *output++ = (int8_t)(int32_t)tinyml_round_nearest(tinyml_between(value, (float)p.low, (float)p.high));
      }
    }
  }
}
