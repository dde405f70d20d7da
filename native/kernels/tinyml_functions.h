/* Kernels for an instruction set of the host, each computing what the generic kernel of its name computes. */
#ifndef TINYML_FUNCTIONS_H
#define TINYML_FUNCTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "tinyml_kernels.h"

/* One implementation of a kernel. `params` point to its tinyml_<name>_params, which are valid. */
typedef struct {
  /* Whether it computes a step with these parameters; NULL: any. */
  int (*supports)(const void *params);
  /* Bytes that `pack` writes, which may be more than there can be; NULL: nothing is packed. Packed memory is aligned to
   * 64 bytes. */
  int64_t (*packed_bytes)(const void *params);
  /* Lays out the constants of a step (weights, bias, multipliers, shifts), once, when the engine is made. */
  void (*pack)(const void *params, const void *const *constants, void *packed);
  /* Bytes of private scratch, aligned to 64; NULL: the scratch in the arena that the plan gives. */
  int64_t (*scratch_bytes)(const void *params);
  /* operands: inputs, constants, outputs. Reads nothing but them and what was packed, writes the outputs and scratch. */
  void (*run)(const void *params, void *const *operands, const void *packed, void *scratch);
} tinyml_functions;

/* Instances of native/kernels/simd for every instruction set. */
#define TINYML_SIMD(isa)                                                                         \
  extern const tinyml_functions tinyml_conv2d_s8_##isa, tinyml_depthwise_conv2d_s8_##isa,        \
      tinyml_conv_transpose2d_s8_##isa,                                                           \
      tinyml_fully_connected_s8_##isa, tinyml_add_s8_##isa, tinyml_avg_pool2d_s8_##isa,          \
      tinyml_max_pool2d_s8_##isa, tinyml_conv2d_sums_s8_##isa,                                   \
      tinyml_conv2d_input_gradient_s8_##isa, tinyml_conv2d_weight_gradient_s8_##isa,             \
      tinyml_depthwise_conv2d_sums_s8_##isa, tinyml_depthwise_conv2d_input_gradient_s8_##isa,    \
      tinyml_depthwise_conv2d_weight_gradient_s8_##isa
TINYML_SIMD(avx2);
TINYML_SIMD(avx512vnni);
TINYML_SIMD(neon);
TINYML_SIMD(dotprod);
TINYML_SIMD(simd128);

/* Instances of native/kernels/simd-f32. */
#define TINYML_SIMD_F32(isa)                                                                        \
  extern const tinyml_functions tinyml_conv2d_f32_##isa, tinyml_depthwise_conv2d_f32_##isa,         \
      tinyml_conv_transpose2d_f32_##isa,                                                             \
      tinyml_fully_connected_f32_##isa, tinyml_add_f32_##isa, tinyml_mul_f32_##isa,                 \
      tinyml_avg_pool2d_f32_##isa, tinyml_max_pool2d_f32_##isa, tinyml_clamp_f32_##isa,             \
      tinyml_quantize_s8_##isa, tinyml_dequantize_s8_##isa, tinyml_conv2d_sums_f32_##isa,           \
      tinyml_conv2d_input_gradient_f32_##isa, tinyml_conv2d_weight_gradient_f32_##isa
TINYML_SIMD_F32(avx2);
TINYML_SIMD_F32(avx512vnni);
TINYML_SIMD_F32(neon);
TINYML_SIMD_F32(simd128);

/* Instances of native/kernels/simd-f32/training.h. */
#define TINYML_TRAINING(isa)                                                                                  \
  extern const tinyml_functions tinyml_rescale_s32_##isa, tinyml_add_bias_f32_##isa,                          \
      tinyml_extent_f32_##isa, tinyml_encode_s8_##isa, tinyml_decode_s8_##isa,                                \
      tinyml_encode_weights_s8_##isa, tinyml_decode_weights_s8_##isa, tinyml_add_codes_f32_##isa,             \
      tinyml_activation_gradient_s8_##isa, tinyml_activation_gradient_f32_##isa,                              \
      tinyml_max_pool2d_gradient_s8_##isa, tinyml_max_pool2d_gradient_f32_##isa,                              \
      tinyml_avg_pool2d_gradient_f32_##isa, tinyml_batch_norm_f32_##isa,                                      \
      tinyml_batch_norm_gradient_s8_##isa, tinyml_batch_norm_gradient_f32_##isa, tinyml_sgd_f32_##isa,        \
      tinyml_adam_f32_##isa, tinyml_sgd_s8_##isa, tinyml_sum_rows_f32_##isa, tinyml_compensation_f32_##isa
TINYML_TRAINING(avx2);
TINYML_TRAINING(avx512vnni);
TINYML_TRAINING(neon);
TINYML_TRAINING(simd128);

#endif
