/* Products of depthwise convolutions, four channels at a time. */
#ifndef TINYML_DEPTHWISE_PRODUCTS_H
#define TINYML_DEPTHWISE_PRODUCTS_H

#include "../tinyml_kernels.h"
#include "tinyml_convolution_kinds.h"
#include "tinyml_gradient_passes.h"

/* Taps of a kernel whose weights are laid beside each other, at most. */
enum { TINYML_DEPTHWISE_TAPS = 64 };

static inline int32_t tinyml_is_small_depthwise(const tinyml_conv2d_sums_s8_params *p) {
  return tinyml_is_depthwise(p) && p->kernel_h <= TINYML_DEPTHWISE_TAPS && p->kernel_w <= TINYML_DEPTHWISE_TAPS &&
         p->kernel_h * p->kernel_w <= TINYML_DEPTHWISE_TAPS;
}

/* conv2d_sums_s8 of a small depthwise kernel. */
void tinyml_depthwise_sums(const tinyml_conv2d_sums_s8_params *p, const int8_t *input, int32_t zero_point, const int8_t *weights,
                           int32_t *output);

/* conv2d_input_gradient_s8 of one, added to what is there. */
void tinyml_depthwise_input_gradient(const tinyml_conv2d_sums_s8_params *p, const int8_t *gradient, const int8_t *weights,
                                     int32_t *input_gradient);

/* conv2d_sums_s8 of some positions of a row and some channels: sums [pixels][TINYML_BLOCK_CHANNELS]. */
void tinyml_depthwise_positions(const tinyml_conv2d_sums_s8_params *p, const int8_t *input, int32_t zero_point,
                                const int8_t *weights, const tinyml_block *at, int32_t *sums);

/* conv2d_input_gradient_s8 of some pixels, in the same form. */
void tinyml_depthwise_pixels(const tinyml_conv2d_sums_s8_params *p, const int8_t *gradient, const int8_t *weights,
                             const tinyml_block *at, int32_t *sums);

/* Gradients of a tap of four channels, or fewer: input and gradient are those of the first; zeros in place of those that are missing. */
void tinyml_tap_sums(const tinyml_conv2d_sums_s8_params *p, const int8_t *input, int32_t zero_point, const int8_t *gradient,
                     int32_t tap, int32_t channels, int32_t *sums);

#endif
