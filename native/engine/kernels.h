/* The kernels by number, in the order of kernelNames in src/program/kernels/index.ts, and what their steps must fulfil. */
#ifndef TINYML_ENGINE_KERNELS_H
#define TINYML_ENGINE_KERNELS_H

#include <stdint.h>

#include "../kernels/tinyml_kernels.h"
#include "engine.h"

typedef enum {
  TINYML_CONV2D_S8,
  TINYML_DEPTHWISE_CONV2D_S8,
  TINYML_CONV_TRANSPOSE2D_S8,
  TINYML_FULLY_CONNECTED_S8,
  TINYML_ADD_S8,
  TINYML_MUL_S8,
  TINYML_AVG_POOL2D_S8,
  TINYML_MAX_POOL2D_S8,
  TINYML_SOFTMAX_S8,
  TINYML_LUT_S8,
  TINYML_COPY_S8,
  TINYML_FILL_S8,
  TINYML_QUANTIZE_S8,
  TINYML_DEQUANTIZE_S8,
  TINYML_CONV2D_F32,
  TINYML_DEPTHWISE_CONV2D_F32,
  TINYML_CONV_TRANSPOSE2D_F32,
  TINYML_FULLY_CONNECTED_F32,
  TINYML_ADD_F32,
  TINYML_MUL_F32,
  TINYML_AVG_POOL2D_F32,
  TINYML_MAX_POOL2D_F32,
  TINYML_CLAMP_F32,
  TINYML_COPY_F32,
  TINYML_CONV2D_SUMS_S8,
  TINYML_CONV2D_INPUT_GRADIENT_S8,
  TINYML_CONV2D_WEIGHT_GRADIENT_S8,
  TINYML_CONV2D_SUMS_F32,
  TINYML_CONV2D_INPUT_GRADIENT_F32,
  TINYML_CONV2D_WEIGHT_GRADIENT_F32,
  TINYML_RESCALE_S32,
  TINYML_ADD_BIAS_F32,
  TINYML_EXTENT_F32,
  TINYML_TRACK_RANGE_F32,
  TINYML_ENCODE_S8,
  TINYML_DECODE_S8,
  TINYML_ENCODE_WEIGHTS_S8,
  TINYML_DECODE_WEIGHTS_S8,
  TINYML_ADD_CODES_F32,
  TINYML_ACTIVATION_GRADIENT_S8,
  TINYML_ACTIVATION_GRADIENT_F32,
  TINYML_CLIP_RANGE_F32,
  TINYML_MAX_POOL2D_GRADIENT_S8,
  TINYML_MAX_POOL2D_GRADIENT_F32,
  TINYML_AVG_POOL2D_GRADIENT_F32,
  TINYML_BATCH_NORM_F32,
  TINYML_BATCH_NORM_GRADIENT_S8,
  TINYML_BATCH_NORM_GRADIENT_F32,
  TINYML_SOFTMAX_CROSS_ENTROPY_F32,
  TINYML_SQUARED_ERROR_F32,
  TINYML_SGD_F32,
  TINYML_ADAM_F32,
  TINYML_SGD_S8,
  TINYML_COMPENSATION_F32,
  TINYML_COMPENSATION_GRADIENT_F32,
  TINYML_TIED_COMPENSATION_F32,
  TINYML_SUM_ROWS_F32,
  TINYML_KERNELS
} tinyml_kernel;

/* Most operands that a kernel has: batch normalisation takes 4 and writes 5. */
enum { TINYML_MAX_OPERANDS = 10 };

/* More parameters than any kernel has. */
enum { TINYML_MAX_PARAMS = 32 };

/* Bytes that a step touches: of each operand (inputs, constants, outputs) from its start, and of its scratch. */
typedef struct {
  int64_t operands[TINYML_MAX_OPERANDS];
  int64_t scratch;
} tinyml_needs;

/* Constants whose values must be right, not only their sizes. */
typedef enum {
  TINYML_ANY_VALUES,
  TINYML_REQUANTIZATION, /* constants 2 and 3 are multipliers and shifts */
  TINYML_BOUNDS          /* the last constant is the lowest and the highest output */
} tinyml_constant_values;

typedef struct {
  int32_t params, inputs, constants, outputs;
  /* Bit k: operand k holds int32 or float32, not int8. */
  uint32_t wide;
  /* Bit k: the first output may lie on input k, at the same offset and with the same size. */
  uint32_t in_place;
  tinyml_constant_values values;
  /* The needs of a step, or TINYML_ENGINE_PARAMETER. `sizes` are the bytes that the operands have. */
  tinyml_engine_code (*check)(const void *params, const int64_t *sizes, tinyml_needs *needs);
} tinyml_kernel_facts;

extern const tinyml_kernel_facts tinyml_kernel_table[TINYML_KERNELS];

#endif
