/* How the products of a convolution lie: parameters of the float32 and int8 kernels begin alike. */
#ifndef TINYML_TAPS_H
#define TINYML_TAPS_H

#include <stddef.h>

#include "../tinyml_kernels.h"

/* The input positions that the window of one output position meets with a kernel tap. */
typedef struct {
  int32_t inside;
  ptrdiff_t input; /* the first channel of the pixel */
} tinyml_tap;

static inline tinyml_tap tinyml_tap_at(const tinyml_conv2d_sums_s8_params *p, int32_t image, int32_t oy, int32_t ox,
                                       int32_t ky, int32_t kx) {
  const int32_t iy = oy * p->stride_h + ky * p->dilation_h - p->pad_top;
  const int32_t ix = ox * p->stride_w + kx * p->dilation_w - p->pad_left;
  const int32_t inside = iy >= 0 && iy < p->in_h && ix >= 0 && ix < p->in_w;
  const tinyml_tap tap = {inside, inside ? (((ptrdiff_t)image * p->in_h + iy) * p->in_w + ix) * p->in_channels : 0};
  return tap;
}

#endif
