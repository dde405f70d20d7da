/* The gradient of one pixel of the input of a convolution, whose weights may lie in two parts. */
#ifndef TINYML_INPUT_GRADIENT_H
#define TINYML_INPUT_GRADIENT_H

#include "tinyml_gradient_passes.h"

/* The params of kernels that compute it begin alike. */
typedef struct {
  const tinyml_conv2d_input_gradient_extent_s8_params *params;
  const int8_t *gradient, *weights, *rest;
} tinyml_back_products;

/* The output that meets a position with a tap, or -1. */
static inline int32_t tinyml_output_of(int32_t spread, int32_t stride, int32_t outputs) {
  if (spread < 0 || spread % stride != 0) return -1;
  return spread / stride < outputs ? spread / stride : -1;
}

static inline void tinyml_add_scaled(uint32_t *sums, const int8_t *weights, int32_t count, int32_t by) {
  for (int32_t i = 0; i < count; i++) sums[i] += (uint32_t)(by * weights[i]);
}

/* One tap of all output channels. `gradient`: those of a position. */
static inline void tinyml_add_tap(const tinyml_back_products *of, const int8_t *gradient, ptrdiff_t tap, uint32_t *sums) {
  const tinyml_conv2d_input_gradient_extent_s8_params *p = of->params;
  const int32_t first = p->first_channels, others = p->rest_channels, group_out = p->out_channels / p->groups;
  const ptrdiff_t taps = (ptrdiff_t)p->kernel_h * p->kernel_w;
  for (int32_t group = 0; group < p->groups; group++, sums += first + others) {
    for (int32_t o = 0; o < group_out; o++, tap += taps) {
      const int32_t g = *gradient++;
      if (g == 0) continue;
      tinyml_add_scaled(sums, of->weights + tap * first, first, g);
      tinyml_add_scaled(sums + first, of->rest + tap * others, others, g);
    }
  }
}

/* sums: [in_channels] */
static inline void tinyml_pixel_gradient(const tinyml_back_products *of, int32_t image, int32_t iy, int32_t ix,
                                         uint32_t *sums) {
  const tinyml_conv2d_input_gradient_extent_s8_params *p = of->params;
  for (int32_t c = 0; c < p->in_channels; c++) sums[c] = 0;
  for (int32_t ky = 0; ky < p->kernel_h; ky++) {
    const int32_t oy = tinyml_output_of(iy + p->pad_top - ky * p->dilation_h, p->stride_h, p->out_h);
    for (int32_t kx = 0; oy >= 0 && kx < p->kernel_w; kx++) {
      const int32_t ox = tinyml_output_of(ix + p->pad_left - kx * p->dilation_w, p->stride_w, p->out_w);
      if (ox < 0) continue;
      const ptrdiff_t position = ((ptrdiff_t)image * p->out_h + oy) * p->out_w + ox;
      tinyml_add_tap(of, of->gradient + position * p->out_channels, (ptrdiff_t)ky * p->kernel_w + kx, sums);
    }
  }
}

#endif
