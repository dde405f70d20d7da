#include "tinyml_input_gradient.h"

#include <string.h>

#include "tinyml_columns.h"
#include "tinyml_depthwise_products.h"

typedef tinyml_conv2d_input_gradient_extent_s8_params shape;

/* Params of all convolutions begin alike. */
static const tinyml_conv2d_sums_s8_params *plain(const shape *p) {
  return (const tinyml_conv2d_sums_s8_params *)p;
}

static int32_t least(int32_t a, int32_t b) {
  return a < b ? a : b;
}

/* Pixels of a block lie in one row where positions that meet a tap have to lie beside each other. */
static tinyml_block block_of(const shape *p, int32_t first, int32_t pixel) {
  const int32_t inputs = p->in_channels / p->groups, all = p->batch * p->in_h * p->in_w;
  const int32_t is_depthwise = tinyml_is_small_depthwise(plain(p));
  const int32_t to_end = is_depthwise || tinyml_is_pixelwise(plain(p)) ? all - pixel : p->in_w - pixel % p->in_w;
  /* Each channel of a depthwise convolution is a group. */
  const int32_t end = is_depthwise ? p->in_channels : (first / inputs + 1) * inputs;
  return (tinyml_block){first, least(end - first, TINYML_BLOCK_CHANNELS), pixel, least(to_end, TINYML_BLOCK_PIXELS)};
}

tinyml_block tinyml_first_block(const tinyml_back_products *of) {
  return block_of(of->params, 0, 0);
}

tinyml_block tinyml_next_block(const tinyml_back_products *of, tinyml_block at) {
  const shape *p = of->params;
  if (at.pixel + at.pixels < p->batch * p->in_h * p->in_w) return block_of(p, at.first, at.pixel + at.pixels);
  const int32_t first = at.first + at.channels;
  return first < p->in_channels ? block_of(p, first, 0) : (tinyml_block){first, 0, 0, 0};
}

/* Positions of the output that meet pixels of a row with a tap: from `first` on, the next one `count - 1` times. `pixel`: of the block, that of the first */
typedef struct {
  int32_t first, count, pixel;
} positions;

static int32_t floor_of(int32_t a, int32_t b) {
  return a < 0 ? -((b - 1 - a) / b) : a / b;
}

static positions positions_of(const shape *p, tinyml_block at, int32_t ky, int32_t kx) {
  if (tinyml_is_pixelwise(plain(p))) return (positions){at.pixel, at.pixels, 0};
  const int32_t row = at.pixel / p->in_w, x = at.pixel - row * p->in_w, image = row / p->in_h;
  const int32_t y = row - image * p->in_h + p->pad_top - ky * p->dilation_h, left = p->pad_left - kx * p->dilation_w;
  const int32_t oy = floor_of(y, p->stride_h);
  if (y < 0 || y % p->stride_h != 0 || oy >= p->out_h) return (positions){0, 0, 0};
  const int32_t low = floor_of(x + left + p->stride_w - 1, p->stride_w), high = floor_of(x + at.pixels - 1 + left, p->stride_w) + 1;
  const int32_t first = low > 0 ? low : 0, count = least(high, p->out_w) - first;
  return (positions){(image * p->out_h + oy) * p->out_w + first, count, first * p->stride_w - left - x};
}

/* Columns of the weights of some channels of a group, which may lie in both parts. @param row of a tap of an output */
static void set_weights(const tinyml_back_products *of, int32_t channel, int32_t channels, int32_t row, int32_t depth,
                        tinyml_columns *columns, int8_t (*room)[TINYML_DEPTH]) {
  const shape *p = of->params;
  const int32_t taps = p->kernel_h * p->kernel_w, firsts = p->first_channels, rests = p->rest_channels;
  const int8_t *const first = of->weights + (ptrdiff_t)row * firsts + channel;
  if (channel + channels <= firsts) {
    tinyml_set_turned_columns(columns, first, taps * firsts, channels, depth, 0, room);
    return;
  }
  const int8_t *const rest = of->rest + (ptrdiff_t)row * rests + channel - firsts;
  if (channel >= firsts) {
    tinyml_set_turned_columns(columns, rest, taps * rests, channels, depth, 0, room);
    return;
  }
  const int32_t own = firsts - channel;
  const int8_t *x[TINYML_COLUMNS];
  tinyml_turn_codes(first, taps * firsts, depth, own, room[0], TINYML_DEPTH);
  tinyml_turn_codes(rest + own, taps * rests, depth, channels - own, room[own], TINYML_DEPTH);
  for (int32_t c = 0; c < TINYML_COLUMNS; c++) x[c] = room[c < channels ? c : 0];
  tinyml_set_columns(columns, x, depth, 0);
}

/* Four channels, or fewer, whose columns are their weights. `sums`: of the first */
static void add_columns(const tinyml_back_products *of, tinyml_block at, int32_t *sums) {
  const shape *p = of->params;
  const int32_t inputs = p->in_channels / p->groups, outputs = p->out_channels / p->groups, taps = p->kernel_h * p->kernel_w;
  const int32_t group = at.first / inputs, channel = at.first - group * inputs, is_only = tinyml_is_pixelwise(plain(p));
  int8_t room[TINYML_COLUMNS][TINYML_DEPTH];
  tinyml_columns columns;
  for (int32_t tap = 0; tap < taps; tap++) {
    const positions meet = positions_of(p, at, tap / p->kernel_w, tap % p->kernel_w);
    if (meet.count < 1) continue;
    tinyml_rows rows = {.step = p->out_channels, .count = meet.count, .column_step = 1, .sparse = 1};
    rows.row_step = p->stride_w * TINYML_BLOCK_CHANNELS;
    rows.sums = sums + meet.pixel * TINYML_BLOCK_CHANNELS;
    for (int32_t from = 0, depth; from < outputs; from += depth) {
      depth = least(outputs - from, TINYML_DEPTH);
      set_weights(of, channel, at.channels, (group * outputs + from) * taps + tap, depth, &columns, room);
      rows.add = !is_only || from > 0;
      rows.first = of->gradient + (ptrdiff_t)meet.first * p->out_channels + group * outputs + from;
      tinyml_column_sums(&columns, &rows);
    }
  }
}

void tinyml_block_gradient(const tinyml_back_products *of, tinyml_block at, int32_t *sums) {
  const shape *p = of->params;
  if (tinyml_is_small_depthwise(plain(p))) {
    tinyml_depthwise_pixels(plain(p), of->gradient, of->weights, &at, sums);
    return;
  }
  if (!tinyml_is_pixelwise(plain(p))) memset(sums, 0, (size_t)(at.pixels * TINYML_BLOCK_CHANNELS) * sizeof(*sums));
  for (int32_t c = 0; c < at.channels; c += TINYML_COLUMNS) {
    const tinyml_block own = {at.first + c, least(at.channels - c, TINYML_COLUMNS), at.pixel, at.pixels};
    add_columns(of, own, sums + c);
  }
}
