/* When a convolution of any groups is a depthwise one. */
#ifndef TINYML_SIMD_DEPTHWISE_H
#define TINYML_SIMD_DEPTHWISE_H

#include "words.h"

static inline bool tinyml_is_depthwise(const tinyml_conv2d_sums_s8_params *p) {
  return p->groups > 1 && p->groups == p->in_channels && p->groups == p->out_channels;
}

#endif
