#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"
#include "tinyml_window.h"

enum { LANES = 4 };

/* The taps that lie inside the image, at the first of them. */
typedef struct {
  const int16_t *from;
  const int8_t *with;
  int32_t rows, columns;
  int32_t from_row, from_column, with_row, with_column; /* distances of taps */
} window;

/* Sums of channels that lie side by side, `lanes` of them (a constant). Of at most TINYML_NARROW_SUM taps, which fit 32 bits. */
static inline void add_taps(window w, int32_t lanes, int64_t *sums) {
  int32_t parts[LANES] = {0};
  for (int32_t row = 0; row < w.rows; row++, w.from += w.from_row, w.with += w.with_row) {
    const int16_t *from = w.from;
    const int8_t *with = w.with;
    for (int32_t column = 0; column < w.columns; column++, from += w.from_column, with += w.with_column) {
      for (int32_t i = 0; i < lanes; i++) parts[i] += from[i] * with[i];
    }
  }
  for (int32_t i = 0; i < lanes; i++) sums[i] += parts[i];
}

/* As many rows at once as surely fit; of a row that does not, as many columns. */
static inline void add_window(window w, int32_t lanes, int64_t *sums) {
  if (w.rows * w.columns <= TINYML_NARROW_SUM) {
    add_taps(w, lanes, sums);
    return;
  }
  for (int32_t row = 0; row < w.rows; row++) {
    for (int32_t first = 0; first < w.columns; first += TINYML_NARROW_SUM) {
      const int32_t left = w.columns - first;
      window part = w;
      part.from += row * w.from_row + first * w.from_column;
      part.with += row * w.with_row + first * w.with_column;
      part.rows = 1;
      part.columns = left < TINYML_NARROW_SUM ? left : TINYML_NARROW_SUM;
      add_taps(part, lanes, sums);
    }
  }
}

void tinyml_depthwise_conv2d_s16(const tinyml_depthwise_conv2d_s16_params *params, const int16_t *input,
                                 const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                                 const int32_t *shift, int16_t *output, void *scratch) {
  const tinyml_depthwise_conv2d_s16_params p = *params;
  const int32_t channels = p.in_channels * p.depth_multiplier;
  (void)scratch;
  for (int32_t image = 0; image < p.batch; image++, input += p.in_h * p.in_w * p.in_channels) {
    for (int32_t place = 0; place < p.out_h * p.out_w; place++) {
      const int32_t y = place / p.out_w * p.stride_h - p.pad_top, x = place % p.out_w * p.stride_w - p.pad_left;
      const tinyml_taps ky = tinyml_valid_taps(y, p.dilation_h, p.kernel_h, p.in_h);
      const tinyml_taps kx = tinyml_valid_taps(x, p.dilation_w, p.kernel_w, p.in_w);
      const int32_t empty = ky.end <= ky.first || kx.end <= kx.first;
      window w = {input, weights, 0, 0, 0, 0, 0, 0};
      if (!empty) {
        w.from += ((y + ky.first * p.dilation_h) * p.in_w + x + kx.first * p.dilation_w) * p.in_channels;
        w.with += (ky.first * p.kernel_w + kx.first) * channels;
        w.rows = ky.end - ky.first;
        w.columns = kx.end - kx.first;
        w.from_row = p.dilation_h * p.in_w * p.in_channels;
        w.from_column = p.dilation_w * p.in_channels;
        w.with_row = p.kernel_w * channels;
        w.with_column = channels;
      }
      for (int32_t channel = 0; channel < channels;) {
        const int32_t lanes = p.depth_multiplier == 1 && channels - channel >= LANES ? LANES : 1;
        window own = w;
        own.from += channel / p.depth_multiplier;
        own.with += channel;
        int64_t sums[LANES];
        for (int32_t i = 0; i < lanes; i++) sums[i] = bias[channel + i];
        if (lanes == LANES) {
          add_window(own, LANES, sums);
        } else {
          add_window(own, 1, sums);
        }
        for (int32_t i = 0; i < lanes; i++, channel++) {
          *output++ = tinyml_requantize_wide(sums[i], multiplier[channel], shift[channel], p.act_min, p.act_max);
        }
      }
    }
  }
}
