/* Gradients back through pooling: src/program/kernels/pool-gradients.ts has the meaning. */
#ifndef TINYML_POOL_GRADIENT_H
#define TINYML_POOL_GRADIENT_H

#include <stddef.h>

#include "../tinyml_kernels.h"
#include "tinyml_window.h"

/* The part of a window that lies inside the input. */
typedef struct {
  int32_t rows, columns;
  ptrdiff_t first;            /* the first channel of the first pixel */
  ptrdiff_t row_step, column_step; /* from pixel to pixel */
} tinyml_pool_window;

static inline tinyml_pool_window tinyml_pool_window_at(const tinyml_max_pool2d_f32_params *p, int32_t image, int32_t oy,
                                                       int32_t ox) {
  const int32_t y = oy * p->stride_h - p->pad_top, x = ox * p->stride_w - p->pad_left;
  const tinyml_taps ky = tinyml_valid_taps(y, p->dilation_h, p->kernel_h, p->in_h);
  const tinyml_taps kx = tinyml_valid_taps(x, p->dilation_w, p->kernel_w, p->in_w);
  const int32_t rows = ky.end - ky.first, columns = kx.end - kx.first;
  const int32_t row = y + ky.first * p->dilation_h, column = x + kx.first * p->dilation_w;
  const int empty = rows < 1 || columns < 1;
  return (tinyml_pool_window){
      rows, columns, empty ? 0 : (((ptrdiff_t)image * p->in_h + row) * p->in_w + column) * p->channels,
      (ptrdiff_t)p->dilation_h * p->in_w * p->channels, (ptrdiff_t)p->dilation_w * p->channels};
}

static inline void tinyml_clear(float *values, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) values[i] = 0.0f;
}

#endif
