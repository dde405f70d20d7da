/* Gradients of the input of a convolution whose weights may lie in two parts: some pixels of some channels at a time. */
#ifndef TINYML_INPUT_GRADIENT_H
#define TINYML_INPUT_GRADIENT_H

#include "tinyml_gradient_passes.h"

/* The params of kernels that compute it begin alike. */
typedef struct {
  const tinyml_conv2d_input_gradient_extent_s8_params *params;
  const int8_t *gradient, *weights, *rest;
} tinyml_back_products;

/* The first block that has pixels; none is left where `channels` is 0. */
tinyml_block tinyml_first_block(const tinyml_back_products *of);

/* The next: all pixels of some channels, then those of the channels behind them. */
tinyml_block tinyml_next_block(const tinyml_back_products *of, tinyml_block at);

/* A block, or its first pixels where of the sums that stay from the first pass to the second no more are left. */
static inline tinyml_block tinyml_kept_part(tinyml_block at, int32_t left) {
  if (left > 0 && left < at.pixels) at.pixels = left;
  return at;
}

/* sums: [pixels of the block][TINYML_BLOCK_CHANNELS], of which those behind its channels may be anything */
void tinyml_block_gradient(const tinyml_back_products *of, tinyml_block at, int32_t *sums);

#endif
