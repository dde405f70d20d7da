#include "tinyml_depthwise_products.h"

#include <stddef.h>

#include "tinyml_lanes.h"
#include "tinyml_specialised.h"
#include "tinyml_window.h"

/* Of each tap the codes of four channels. */
typedef struct {
  tinyml_kept_lanes of[TINYML_DEPTHWISE_TAPS];
} tap_weights;

/* weights: of the first of `channels` channels */
static void lay_out_taps(tap_weights *laid, const int8_t *weights, int32_t taps, int32_t channels) {
  if (channels >= TINYML_LANES) {
    for (int32_t tap = 0; tap < taps; tap++) laid->of[tap] = tinyml_keep_apart(weights + tap, taps);
    return;
  }
  for (int32_t tap = 0; tap < taps; tap++) {
    int8_t codes[TINYML_LANES];
    for (int32_t i = 0; i < TINYML_LANES; i++) codes[i] = i < channels ? weights[i * taps + tap] : 0;
    laid->of[tap] = tinyml_keep_lanes(codes);
  }
}

/* Positions along a row whose windows have no tap in the padding. */
static tinyml_taps whole_windows(const tinyml_conv2d_sums_s8_params *p) {
  const int32_t last = (p->kernel_w - 1) * p->dilation_w - p->pad_left;
  const tinyml_taps first = tinyml_positions_inside(-p->pad_left, p->stride_w, p->in_w, p->out_w);
  const tinyml_taps end = tinyml_positions_inside(last, p->stride_w, p->in_w, p->out_w);
  return (tinyml_taps){first.first > end.first ? first.first : end.first, first.end < end.end ? first.end : end.end};
}

/* What of a window lies inside, and the distances between its pixels. */
typedef struct {
  int32_t rows, columns;
  int32_t column_step;
  ptrdiff_t row_step;
  int32_t weights_step; /* from a row of taps to the next */
} lane_window;

/* sums + a pixel times a tap. lanes: a constant where there are four */
TINYML_SPECIALISED tinyml_lane_sums add_tap(tinyml_lane_sums sums, const int8_t *pixel, const tinyml_kept_lanes *tap,
                                                                             int32_t zero_point, int32_t lanes) {
  return tinyml_add_lanes(sums, tinyml_some_lanes(pixel, lanes, zero_point), tinyml_kept(tap));
}

/* Sums of a window. */
TINYML_SPECIALISED tinyml_lane_sums window_lanes(const lane_window *window, const int8_t *from, const tinyml_kept_lanes *w,
                                                                                  int32_t zero_point, int32_t lanes) {
  tinyml_lane_sums sums = tinyml_no_sums();
  const int32_t step = window->column_step;
  if (window->columns == 3) {
    for (int32_t rows = window->rows; rows > 0; rows--, from += window->row_step, w += window->weights_step) {
      sums = add_tap(sums, from, w, zero_point, lanes);
      sums = add_tap(sums, from + step, w + 1, zero_point, lanes);
      sums = add_tap(sums, from + 2 * step, w + 2, zero_point, lanes);
    }
    return sums;
  }
  for (int32_t rows = window->rows; rows > 0; rows--, from += window->row_step, w += window->weights_step) {
    const int8_t *pixel = from;
    const tinyml_kept_lanes *const end = w + window->columns;
    for (const tinyml_kept_lanes *tap = w; tap != end; pixel += step, tap++) {
      sums = add_tap(sums, pixel, tap, zero_point, lanes);
    }
  }
  return sums;
}

/* Four channels, or fewer, from channel c on. */
TINYML_SPECIALISED void depthwise_lanes(const tinyml_conv2d_sums_s8_params *p, const int8_t *input,
                                                                         int32_t zero_point, const tap_weights *laid, int32_t *output, int32_t lanes) {
  const int32_t channels = p->out_channels;
  const tinyml_taps whole = whole_windows(p);
  lane_window window = {.column_step = p->dilation_w * channels,
                               .row_step = (ptrdiff_t)p->dilation_h * p->in_w * channels,
                               .weights_step = p->kernel_w};
  for (int32_t row = 0; row < p->batch * p->out_h; row++) {
    const int32_t image = row / p->out_h, y = (row - image * p->out_h) * p->stride_h - p->pad_top;
    const tinyml_taps ky = tinyml_valid_taps(y, p->dilation_h, p->kernel_h, p->in_h);
    /* The row of the first tap, and its weights. */
    const int8_t *const first = input + ((ptrdiff_t)image * p->in_h + y + ky.first * p->dilation_h) * p->in_w * channels;
    const tinyml_kept_lanes *const w = laid->of + ky.first * window.weights_step;
    window.rows = ky.end - ky.first;
    for (int32_t ox = 0; ox < p->out_w; ox++, output += channels) {
      const int32_t x = ox * p->stride_w - p->pad_left;
      tinyml_taps kx = {0, p->kernel_w};
      if (ox < whole.first || ox >= whole.end) kx = tinyml_valid_taps(x, p->dilation_w, p->kernel_w, p->in_w);
      window.columns = kx.end - kx.first;
      const int8_t *const from = first + (x + kx.first * p->dilation_w) * channels;
      tinyml_store_some(output, lanes, window_lanes(&window, from, w + kx.first, zero_point, lanes));
    }
  }
}

void tinyml_depthwise_sums(const tinyml_conv2d_sums_s8_params *p, const int8_t *input, int32_t zero_point,
                                         const int8_t *weights, int32_t *output) {
  const int32_t channels = p->out_channels, taps = p->kernel_h * p->kernel_w;
  tap_weights laid;
  for (int32_t c = 0; c < channels; c += TINYML_LANES) {
    const int32_t lanes = channels - c;
    lay_out_taps(&laid, weights + c * taps, taps, lanes);
    if (lanes >= TINYML_LANES) {
      depthwise_lanes(p, input + c, zero_point, &laid, output + c, TINYML_LANES);
    } else {
      depthwise_lanes(p, input + c, zero_point, &laid, output + c, lanes);
    }
  }
}

TINYML_SPECIALISED void position_lanes(const tinyml_conv2d_sums_s8_params *p, const int8_t *input, int32_t zero_point,
                                       const tap_weights *laid, const tinyml_block *at, int32_t *sums, int32_t lanes) {
  const int32_t channels = p->out_channels, row = at->pixel / p->out_w, first_x = at->pixel - row * p->out_w, image = row / p->out_h;
  const int32_t y = (row - image * p->out_h) * p->stride_h - p->pad_top;
  const tinyml_taps ky = tinyml_valid_taps(y, p->dilation_h, p->kernel_h, p->in_h);
  lane_window window = {.rows = ky.end - ky.first,
                        .column_step = p->dilation_w * channels,
                        .row_step = (ptrdiff_t)p->dilation_h * p->in_w * channels,
                        .weights_step = p->kernel_w};
  const int8_t *const first = input + ((ptrdiff_t)image * p->in_h + y + ky.first * p->dilation_h) * p->in_w * channels;
  const tinyml_kept_lanes *const w = laid->of + ky.first * window.weights_step;
  for (int32_t i = 0; i < at->pixels; i++, sums += TINYML_BLOCK_CHANNELS) {
    const int32_t x = (first_x + i) * p->stride_w - p->pad_left;
    const tinyml_taps kx = tinyml_valid_taps(x, p->dilation_w, p->kernel_w, p->in_w);
    window.columns = kx.end - kx.first;
    const int8_t *const from = first + (x + kx.first * p->dilation_w) * channels;
    tinyml_store_sums(sums, window_lanes(&window, from, w + kx.first, zero_point, lanes));
  }
}

void tinyml_depthwise_positions(const tinyml_conv2d_sums_s8_params *p, const int8_t *input, int32_t zero_point,
                                const int8_t *weights, const tinyml_block *at, int32_t *sums) {
  const int32_t taps = p->kernel_h * p->kernel_w;
  tap_weights laid;
  for (int32_t i = 0; i < at->channels; i += TINYML_LANES) {
    const int32_t c = at->first + i, lanes = at->channels - i;
    lay_out_taps(&laid, weights + c * taps, taps, lanes);
    if (lanes >= TINYML_LANES) {
      position_lanes(p, input + c, zero_point, &laid, at, sums + i, TINYML_LANES);
    } else {
      position_lanes(p, input + c, zero_point, &laid, at, sums + i, lanes);
    }
  }
}

/* Adds a pixel of the gradient, of four channels or fewer, to the pixels that its window reads. */
TINYML_SPECIALISED void spread_lanes(const lane_window *window, tinyml_lanes gradient, const tinyml_kept_lanes *w,
                                                                      int32_t *to, int32_t lanes) {
  for (int32_t rows = window->rows; rows > 0; rows--, to += window->row_step, w += window->weights_step) {
    int32_t *pixel = to;
    for (int32_t kx = 0; kx < window->columns; kx++, pixel += window->column_step) {
      tinyml_store_some(pixel, lanes, tinyml_add_lanes(tinyml_load_some(pixel, lanes), gradient, tinyml_kept(w + kx)));
    }
  }
}

TINYML_SPECIALISED void gradient_lanes(const tinyml_conv2d_sums_s8_params *p, const int8_t *gradient,
                                                                                  const tap_weights *laid, int32_t *to, int32_t lanes) {
  const int32_t channels = p->out_channels;
  lane_window window = {.column_step = p->dilation_w * channels,
                               .row_step = (ptrdiff_t)p->dilation_h * p->in_w * channels,
                               .weights_step = p->kernel_w};
  for (int32_t row = 0; row < p->batch * p->out_h; row++) {
    const int32_t image = row / p->out_h, y = (row - image * p->out_h) * p->stride_h - p->pad_top;
    const tinyml_taps ky = tinyml_valid_taps(y, p->dilation_h, p->kernel_h, p->in_h);
    int32_t *const first = to + ((ptrdiff_t)image * p->in_h + y + ky.first * p->dilation_h) * p->in_w * channels;
    window.rows = ky.end - ky.first;
    for (int32_t ox = 0; ox < p->out_w; ox++, gradient += channels) {
      const int32_t x = ox * p->stride_w - p->pad_left;
      const tinyml_taps kx = tinyml_valid_taps(x, p->dilation_w, p->kernel_w, p->in_w);
      window.columns = kx.end - kx.first;
      spread_lanes(&window, tinyml_some_lanes(gradient, lanes, 0), laid->of + ky.first * p->kernel_w + kx.first,
                          first + (x + kx.first * p->dilation_w) * channels, lanes);
    }
  }
}

/* input_gradient: 0 at first */
void tinyml_depthwise_input_gradient(const tinyml_conv2d_sums_s8_params *p, const int8_t *gradient, const int8_t *weights,
                                                   int32_t *input_gradient) {
  const int32_t channels = p->out_channels, taps = p->kernel_h * p->kernel_w;
  tap_weights laid;
  for (int32_t c = 0; c < channels; c += TINYML_LANES) {
    const int32_t lanes = channels - c;
    lay_out_taps(&laid, weights + c * taps, taps, lanes);
    if (lanes >= TINYML_LANES) {
      gradient_lanes(p, gradient + c, &laid, input_gradient + c, TINYML_LANES);
    } else {
      gradient_lanes(p, gradient + c, &laid, input_gradient + c, lanes);
    }
  }
}

/* Taps of an axis that meet a position with an output: from `first`, every `step`, `count` of them; the first meets `output`, the next the one before. */
typedef struct {
  int32_t first, step, count, output;
} meeting_taps;

/* position: of the input, padding before it included */
static meeting_taps taps_meeting(int32_t position, int32_t kernel, int32_t stride, int32_t dilation, int32_t outputs) {
  const meeting_taps none = {0, 1, 0, 0};
  meeting_taps taps = none;
  if (stride == 1 && dilation == 1) {
    const int32_t above = position - outputs + 1, first = above > 0 ? above : 0, end = position < kernel ? position + 1 : kernel;
    return first < end ? (meeting_taps){first, 1, end - first, position - first} : none;
  }
  /* The first tap whose distance to an output is a whole number of strides. */
  while (taps.first < kernel && (position - taps.first * dilation) % stride != 0) taps.first++;
  while (taps.step < stride && taps.step * dilation % stride != 0) taps.step++;
  while (taps.first < kernel && position - taps.first * dilation >= outputs * stride) taps.first += taps.step;
  if (taps.first >= kernel || position < taps.first * dilation) return none;
  taps.output = (position - taps.first * dilation) / stride;
  const int32_t inside = (kernel - 1 - taps.first) / taps.step, before = taps.output / (taps.step * dilation / stride);
  taps.count = 1 + (inside < before ? inside : before);
  return taps;
}

/* What a pixel meets of the gradient: distances are in bytes, taps in weights as they are laid out. */
#ifdef TINYML_LANES_DSP
typedef tinyml_met_lanes meeting;
enum { KEPT = sizeof(tinyml_kept_lanes) };
#else
typedef struct {
  int32_t column_step, tap_step; /* back from an output to the one before, and on from a tap to the next */
  int32_t output, tap;           /* the first */
  int32_t columns, rows;
  int32_t next_row, next_taps; /* from behind a row of outputs back to the row before, and on from behind its taps */
} meeting;
enum { KEPT = 1 };
#endif

static void meet(const tinyml_conv2d_sums_s8_params *p, const tinyml_block *at, meeting *to) {
  const int32_t channels = p->out_channels;
  int32_t row = at->pixel / p->in_w, x = at->pixel - row * p->in_w;
  for (const meeting *const end = to + at->pixels; to != end; row++, x = 0) {
    const int32_t image = row / p->in_h;
    const meeting_taps ky = taps_meeting(row - image * p->in_h + p->pad_top, p->kernel_h, p->stride_h, p->dilation_h, p->out_h);
    const int32_t row_step = ky.step * p->dilation_h / p->stride_h * p->out_w * channels;
    const int32_t first = (image * p->out_h + ky.output) * p->out_w * channels;
    for (; x < p->in_w && to != end; x++, to++) {
      const meeting_taps kx = taps_meeting(x + p->pad_left, p->kernel_w, p->stride_w, p->dilation_w, p->out_w);
      const int32_t column_step = kx.step * p->dilation_w / p->stride_w * channels;
      to->column_step = column_step;
      to->tap_step = kx.step * KEPT;
      to->output = first + kx.output * channels;
      to->tap = (ky.first * p->kernel_w + kx.first) * KEPT;
      to->columns = kx.count;
      to->rows = kx.count > 0 ? ky.count : 0;
      to->next_row = row_step - kx.count * column_step;
      to->next_taps = (ky.step * p->kernel_w - kx.count * kx.step) * KEPT;
    }
  }
}

/* Of a pixel of the input what its outputs and taps give. */
TINYML_SPECIALISED tinyml_lane_sums meeting_lanes(const meeting *met, const int8_t *gradient, const tap_weights *laid, int32_t lanes) {
  tinyml_lane_sums sums = tinyml_no_sums();
  const int8_t *pixel = gradient + met->output;
  const tinyml_kept_lanes *tap = laid->of + met->tap / KEPT;
  for (int32_t rows = met->rows; rows > 0; rows--, pixel -= met->next_row, tap += met->next_taps / KEPT) {
    for (int32_t left = met->columns; left > 0; left--, pixel -= met->column_step, tap += met->tap_step / KEPT) {
      sums = add_tap(sums, pixel, tap, 0, lanes);
    }
  }
  return sums;
}

TINYML_SPECIALISED void pixel_lanes(const meeting *met, const int8_t *gradient, const tap_weights *laid, int32_t pixels, int32_t *sums,
                                    int32_t lanes) {
#ifdef TINYML_LANES_DSP
  if (lanes >= TINYML_LANES) {
    const tinyml_met_pixels all = {met, met + pixels, gradient, laid->of, sums, TINYML_BLOCK_CHANNELS * (int32_t)sizeof(*sums)};
    tinyml_meet_pixels(&all);
    return;
  }
#endif
  for (const meeting *const end = met + pixels; met != end; met++, sums += TINYML_BLOCK_CHANNELS) {
    tinyml_store_sums(sums, meeting_lanes(met, gradient, laid, lanes));
  }
}

void tinyml_depthwise_pixels(const tinyml_conv2d_sums_s8_params *p, const int8_t *gradient, const int8_t *weights,
                             const tinyml_block *at, int32_t *sums) {
  const int32_t taps = p->kernel_h * p->kernel_w;
  tap_weights laid;
  meeting met[TINYML_BLOCK_PIXELS];
  meet(p, at, met);
  for (int32_t i = 0; i < at->channels; i += TINYML_LANES) {
    const int32_t c = at->first + i, lanes = at->channels - i;
    lay_out_taps(&laid, weights + c * taps, taps, lanes);
    if (lanes >= TINYML_LANES) {
      pixel_lanes(met, gradient + c, &laid, at->pixels, sums + i, TINYML_LANES);
    } else {
      pixel_lanes(met, gradient + c, &laid, at->pixels, sums + i, lanes);
    }
  }
}

/* Sums of the gradient of a tap, of four channels or fewer. */
TINYML_SPECIALISED tinyml_lane_sums tap_lanes(const tinyml_conv2d_sums_s8_params *p, const int8_t *input,
                                                                                  int32_t zero_point, const int8_t *gradient, int32_t tap, int32_t lanes) {
  const int32_t channels = p->out_channels, step = p->stride_w * channels;
  const int32_t ky = tap / p->kernel_w, kx = tap - ky * p->kernel_w;
  const int32_t left = kx * p->dilation_w - p->pad_left;
  tinyml_lane_sums sums = tinyml_no_sums();
  const tinyml_taps inside = tinyml_positions_inside(left, p->stride_w, p->in_w, p->out_w);
  for (int32_t row = 0; row < p->batch * p->out_h; row++) {
    const int32_t image = row / p->out_h;
    const int32_t y = (row - image * p->out_h) * p->stride_h + ky * p->dilation_h - p->pad_top;
    if (y < 0 || y >= p->in_h) continue;
    const int8_t *x = input + (((ptrdiff_t)image * p->in_h + y) * p->in_w + inside.first * p->stride_w + left) * channels;
    const int8_t *g = gradient + ((ptrdiff_t)row * p->out_w + inside.first) * channels;
    for (int32_t count = inside.end - inside.first; count > 0; count--, x += step, g += channels) {
      sums = tinyml_add_lanes(sums, tinyml_some_lanes(x, lanes, zero_point), tinyml_some_lanes(g, lanes, 0));
    }
  }
  return sums;
}

void tinyml_tap_sums(const tinyml_conv2d_sums_s8_params *p, const int8_t *input, int32_t zero_point,
                     const int8_t *gradient, int32_t tap, int32_t channels, int32_t *sums) {
  tinyml_store_sums(sums, channels >= TINYML_LANES ? tap_lanes(p, input, zero_point, gradient, tap, TINYML_LANES)
                                                   : tap_lanes(p, input, zero_point, gradient, tap, channels));
}
