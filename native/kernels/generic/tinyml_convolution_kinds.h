/* Convolutions whose products are simpler than those of others. */
#ifndef TINYML_CONVOLUTION_KINDS_H
#define TINYML_CONVOLUTION_KINDS_H

#include "../tinyml_kernels.h"

/* Each position reads the pixel of its own number and nothing else: the images of a batch are one long row. */
static inline int32_t tinyml_is_pixelwise(const tinyml_conv2d_sums_s8_params *p) {
  return p->kernel_h == 1 && p->kernel_w == 1 && p->stride_h == 1 && p->stride_w == 1 && p->in_h == p->out_h &&
         p->in_w == p->out_w && p->pad_top == 0 && p->pad_left == 0;
}

/* Each channel of the output reads one of the input, which no other reads. */
static inline int32_t tinyml_is_depthwise(const tinyml_conv2d_sums_s8_params *p) {
  return p->groups == p->in_channels && p->groups == p->out_channels;
}

#endif
