/* The gradient of one pixel of the input of an average pooling. */
#ifndef TINYML_POOL_SHARES_H
#define TINYML_POOL_SHARES_H

#include "tinyml_gradient_passes.h"
#include "tinyml_window.h"

/* The windows along an axis that a position lies in, the first and the one behind the last. */
static inline tinyml_taps tinyml_windows_over(int32_t padded, int32_t kernel, int32_t stride, int32_t outputs) {
  const int32_t first = padded < kernel ? 0 : (padded - kernel) / stride + 1, end = padded / stride + 1;
  return (tinyml_taps){first, end < outputs ? end : outputs};
}

/* pixel: [channels]. The params of kernels that compute it begin alike. */
static inline void tinyml_pixel_shares(const tinyml_avg_pool2d_gradient_f32_params *p, const float *gradient, int32_t image,
                                       int32_t iy, int32_t ix, float *pixel) {
  const tinyml_taps rows = tinyml_windows_over(iy + p->pad_top, p->kernel_h, p->stride_h, p->out_h);
  const tinyml_taps columns = tinyml_windows_over(ix + p->pad_left, p->kernel_w, p->stride_w, p->out_w);
  for (int32_t c = 0; c < p->channels; c++) pixel[c] = 0.0f;
  for (int32_t oy = rows.first; oy < rows.end; oy++) {
    const tinyml_taps ky = tinyml_valid_taps(oy * p->stride_h - p->pad_top, 1, p->kernel_h, p->in_h);
    for (int32_t ox = columns.first; ox < columns.end; ox++) {
      const tinyml_taps kx = tinyml_valid_taps(ox * p->stride_w - p->pad_left, 1, p->kernel_w, p->in_w);
      const int32_t valid = (ky.end - ky.first) * (kx.end - kx.first);
      const float count = (float)(p->count_include_pad == 1 ? p->kernel_h * p->kernel_w : valid);
      const float *g = gradient + (((ptrdiff_t)image * p->out_h + oy) * p->out_w + ox) * p->channels;
      for (int32_t c = 0; c < p->channels; c++) pixel[c] += g[c] / count;
    }
  }
}

/* Channels of a pixel, a block after the other. */
static inline tinyml_block tinyml_run_from(int32_t first, int32_t pixel, int32_t channels) {
  const int32_t left = channels - first;
  return (tinyml_block){first, left < TINYML_BLOCK_CHANNELS ? left : TINYML_BLOCK_CHANNELS, pixel, 1};
}

static inline tinyml_block tinyml_first_run(int32_t pixel, int32_t channels) {
  return tinyml_run_from(0, pixel, channels);
}

static inline tinyml_block tinyml_next_run(tinyml_block at, int32_t channels) {
  return tinyml_run_from(at.first + at.channels, at.pixel, channels);
}

#endif
