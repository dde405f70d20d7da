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
static inline void pack_depthwise(const tinyml_conv2d_f32_params *p, const float *weights,
                                  tinyml_weight_steps steps, float *to) {
  for (int32_t ky = 0; ky < p->kernel_h; ky++) {
    for (int32_t kx = 0; kx < p->kernel_w; kx++, to += p->in_channels) {
      const float *from = weights + ky * steps.row + kx * steps.column;
      for (int32_t c = 0; c < p->in_channels; c++) to[c] = from[c * steps.group];
    }
  }
  memset(to, 0, (size_t)p->in_channels * sizeof(float));
}

/* Channels of a depthwise convolution that fill half a wide vector, or less, go faster with the instruction set before. */
static inline int too_narrow(const tinyml_conv2d_f32_params *p) {
  return TINYML_LANES == 16 && tinyml_is_depthwise(p) && p->in_channels <= TINYML_LANES / 2;
}

static inline int can_convolve(const tinyml_conv2d_f32_params *p) {
  if (too_narrow(p)) return 0;
  return tinyml_is_depthwise(p) || TINYML_FUNCTIONS(conv2d_f32).supports(p);
}

/* Bytes of packed weights, and of what else it takes to convolve. */
static inline int64_t weights_bytes(const tinyml_conv2d_f32_params *p) {
  return whole_lines(tinyml_is_depthwise(p) ? depthwise_bytes(p) : TINYML_FUNCTIONS(conv2d_f32).packed_bytes(p));
}

static inline int64_t image_scratch(const tinyml_conv2d_f32_params *p) {
  return tinyml_is_depthwise(p) ? 0 : TINYML_FUNCTIONS(conv2d_f32).scratch_bytes(p);
}

static inline void pack_weights(const tinyml_conv2d_f32_params *p, const float *weights, tinyml_weight_steps steps,
                                float *packed) {
  if (tinyml_is_depthwise(p)) {
    pack_depthwise(p, weights, steps, packed);
  } else {
    TINYML_FUNCTIONS(pack_convolution_f32)(p, weights, steps, NULL, packed);
  }
}

static inline void convolve(const tinyml_conv2d_f32_params *p, const float *input, const float *packed, float *output,
                            tinyml_output_steps steps, void *scratch) {
  if (tinyml_is_depthwise(p)) {
    const tinyml_depthwise_conv2d_f32_params depthwise = tinyml_depthwise_of(p);
    const float *bias = packed + (int64_t)p->kernel_h * p->kernel_w * p->in_channels;
    TINYML_FUNCTIONS(convolve_channels_f32)(&depthwise, input, packed, bias, unbounded, output, steps);
  } else {
    TINYML_FUNCTIONS(convolve_f32)(p, input, packed, unbounded, output, steps, scratch);
  }
}

#endif
