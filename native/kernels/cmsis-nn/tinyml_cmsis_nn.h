/* What the adapters to CMSIS-NN share. Each adapter translates parameters, calls the library, and leaves to the kernel in
 * generic/ what the library cannot represent or refuses. */
#ifndef TINYML_CMSIS_NN_H
#define TINYML_CMSIS_NN_H

#include <arm_nnfunctions.h>

#include "../tinyml_kernels.h"

/* Per-channel tables; the library only reads them, though its type says otherwise. */
static inline cmsis_nn_per_channel_quant_params tinyml_quant_params(const int32_t *multiplier, const int32_t *shift) {
  return (cmsis_nn_per_channel_quant_params){.multiplier = (int32_t *)multiplier, .shift = (int32_t *)shift};
}

/* The size is not looked at. */
static inline cmsis_nn_context tinyml_context(void *scratch) {
  return (cmsis_nn_context){.buf = scratch, .size = 0};
}

#endif
