/* What the products of convolutions share: scratch in parts, and weights of depthwise convolutions. */
#ifndef TINYML_PRODUCTS_H
#define TINYML_PRODUCTS_H

#include "convolution.h"

static const float unbounded[2] = {-__builtin_inff(), __builtin_inff()};

/* Keeps the next part of the scratch aligned. */
static inline int64_t whole_lines(int64_t bytes) {
  return (bytes + 63) / 64 * 64;
}

/* Bytes of the weights of a depthwise convolution and of its bias. */
static inline int64_t depthwise_bytes(const tinyml_conv2d_f32_params *p) {
  return ((int64_t)p->kernel_h * p->kernel_w + 1) * p->in_channels * (int64_t)sizeof(float);
}

/* Weights as convolve_channels_f32 takes them, then zeros, which are its bias. */
static inline const float *pack_depthwise(const tinyml_conv2d_f32_params *p, const float *weights,
                                          tinyml_weight_steps steps, float *to) {
  for (int32_t ky = 0; ky < p->kernel_h; ky++) {
    for (int32_t kx = 0; kx < p->kernel_w; kx++, to += p->in_channels) {
      const float *from = weights + ky * steps.row + kx * steps.column;
      for (int32_t c = 0; c < p->in_channels; c++) to[c] = from[c * steps.group];
    }
  }
  memset(to, 0, (size_t)p->in_channels * sizeof(float));
  return to;
}

static inline int can_convolve(const tinyml_conv2d_f32_params *p) {
  return tinyml_is_depthwise(p) || TINYML_FUNCTIONS(conv2d_f32).supports(p);
}

static inline int64_t convolution_scratch(const tinyml_conv2d_f32_params *p) {
  if (tinyml_is_depthwise(p)) return depthwise_bytes(p);
  return whole_lines(TINYML_FUNCTIONS(conv2d_f32).packed_bytes(p)) + TINYML_FUNCTIONS(conv2d_f32).scratch_bytes(p);
}

/* A convolution with weights of the moment. */
static inline void convolve(const tinyml_conv2d_f32_params *p, const float *input, const float *weights,
                            tinyml_weight_steps weight_steps, float *output, tinyml_output_steps steps, void *scratch) {
  if (tinyml_is_depthwise(p)) {
    const tinyml_depthwise_conv2d_f32_params depthwise = tinyml_depthwise_of(p);
    const float *bias = pack_depthwise(p, weights, weight_steps, scratch);
    TINYML_FUNCTIONS(convolve_channels_f32)(&depthwise, input, scratch, bias, unbounded, output, steps);
    return;
  }
  float *image = (float *)((char *)scratch + whole_lines(TINYML_FUNCTIONS(conv2d_f32).packed_bytes(p)));
  TINYML_FUNCTIONS(pack_convolution_f32)(p, weights, weight_steps, NULL, scratch);
  TINYML_FUNCTIONS(convolve_f32)(p, input, scratch, unbounded, output, steps, image);
}

#endif
