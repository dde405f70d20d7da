/* Gradients of the weights of a convolution, some at a time: nobody has to keep all of them. */
#ifndef TINYML_WEIGHT_SUMS_H
#define TINYML_WEIGHT_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "../tinyml_kernels.h"

/* Takes the gradients of `count` weights of an output channel, from weight `first` of that channel on. */
typedef void tinyml_take_sums(void *context, int32_t channel, int32_t first, int32_t count, const int32_t *sums);

/* Calls `take` for every weight once, and writes the gradients of the biases. Sums wrap. */
void tinyml_weight_sums(const tinyml_conv2d_sums_s8_params *params, const int8_t *input, int32_t zero_point,
                        const int8_t *gradient, int32_t *bias_gradient, tinyml_take_sums *take, void *context);

#endif
