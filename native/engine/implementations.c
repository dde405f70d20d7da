#include "implementations.h"

#define GENERIC(name, call)                                                                                  \
  static void run_##name(const void *params, void *const *o, const void *packed, void *scratch) {            \
    (void)packed;                                                                                            \
    call;                                                                                                    \
  }                                                                                                          \
  static const tinyml_functions generic_##name = {NULL, NULL, NULL, NULL, run_##name};
#define GENERIC_WEIGHTED(name) GENERIC(name, tinyml_##name(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch))

GENERIC_WEIGHTED(conv2d_s8)
GENERIC_WEIGHTED(depthwise_conv2d_s8)
GENERIC_WEIGHTED(conv_transpose2d_s8)
GENERIC_WEIGHTED(fully_connected_s8)
GENERIC(add_s8, tinyml_add_s8(params, o[0], o[1], o[2], scratch))
GENERIC(mul_s8, tinyml_mul_s8(params, o[0], o[1], o[2], scratch))
GENERIC(avg_pool2d_s8, tinyml_avg_pool2d_s8(params, o[0], o[1], scratch))
GENERIC(max_pool2d_s8, tinyml_max_pool2d_s8(params, o[0], o[1], scratch))
GENERIC(softmax_s8, tinyml_softmax_s8(params, o[0], o[1], scratch))
GENERIC(lut_s8, tinyml_lut_s8(params, o[0], o[1], o[2], scratch))
GENERIC(copy_s8, tinyml_copy_s8(params, o[0], o[1], scratch))
GENERIC(fill_s8, tinyml_fill_s8(params, o[0], scratch))
GENERIC(quantize_s8, tinyml_quantize_s8(params, o[0], o[1], o[2], scratch))
GENERIC(dequantize_s8, tinyml_dequantize_s8(params, o[0], o[1], o[2], scratch))
GENERIC(conv2d_f32, tinyml_conv2d_f32(params, o[0], o[1], o[2], o[3], o[4], scratch))
GENERIC(depthwise_conv2d_f32, tinyml_depthwise_conv2d_f32(params, o[0], o[1], o[2], o[3], o[4], scratch))
GENERIC(conv_transpose2d_f32, tinyml_conv_transpose2d_f32(params, o[0], o[1], o[2], o[3], o[4], scratch))
GENERIC(fully_connected_f32, tinyml_fully_connected_f32(params, o[0], o[1], o[2], o[3], o[4], scratch))
GENERIC(add_f32, tinyml_add_f32(params, o[0], o[1], o[2], o[3], scratch))
GENERIC(mul_f32, tinyml_mul_f32(params, o[0], o[1], o[2], o[3], scratch))
GENERIC(avg_pool2d_f32, tinyml_avg_pool2d_f32(params, o[0], o[1], scratch))
GENERIC(max_pool2d_f32, tinyml_max_pool2d_f32(params, o[0], o[1], scratch))
GENERIC(clamp_f32, tinyml_clamp_f32(params, o[0], o[1], o[2], scratch))
GENERIC(copy_f32, tinyml_copy_f32(params, o[0], o[1], scratch))
GENERIC(conv2d_sums_s8, tinyml_conv2d_sums_s8(params, o[0], o[1], o[2], o[3], scratch))
GENERIC(conv2d_input_gradient_s8, tinyml_conv2d_input_gradient_s8(params, o[0], o[1], o[2], scratch))
GENERIC(conv2d_weight_gradient_s8, tinyml_conv2d_weight_gradient_s8(params, o[0], o[1], o[2], o[3], o[4], scratch))
GENERIC(conv2d_sums_f32, tinyml_conv2d_sums_f32(params, o[0], o[1], o[2], scratch))
GENERIC(conv2d_input_gradient_f32, tinyml_conv2d_input_gradient_f32(params, o[0], o[1], o[2], scratch))
GENERIC(conv2d_weight_gradient_f32, tinyml_conv2d_weight_gradient_f32(params, o[0], o[1], o[2], o[3], scratch))
GENERIC(rescale_s32, tinyml_rescale_s32(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch))
GENERIC(add_bias_f32, tinyml_add_bias_f32(params, o[0], o[1], o[2], scratch))
GENERIC(extent_f32, tinyml_extent_f32(params, o[0], o[1], scratch))
GENERIC(track_range_f32, tinyml_track_range_f32(params, o[0], o[1], o[2], o[3], o[4], scratch))
GENERIC(encode_s8, tinyml_encode_s8(params, o[0], o[1], o[2], o[3], o[4], scratch))
GENERIC(decode_s8, tinyml_decode_s8(params, o[0], o[1], o[2], scratch))
GENERIC(encode_weights_s8, tinyml_encode_weights_s8(params, o[0], o[1], o[2], scratch))
GENERIC(decode_weights_s8, tinyml_decode_weights_s8(params, o[0], o[1], o[2], scratch))
GENERIC(add_codes_f32, tinyml_add_codes_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch))
GENERIC(activation_gradient_s8, tinyml_activation_gradient_s8(params, o[0], o[1], o[2], o[3], o[4], scratch))
GENERIC(activation_gradient_f32, tinyml_activation_gradient_f32(params, o[0], o[1], o[2], o[3], scratch))
GENERIC(clip_range_f32, tinyml_clip_range_f32(params, o[0], o[1], o[2], o[3], o[4], scratch))
GENERIC(max_pool2d_gradient_s8, tinyml_max_pool2d_gradient_s8(params, o[0], o[1], o[2], o[3], scratch))
GENERIC(max_pool2d_gradient_f32, tinyml_max_pool2d_gradient_f32(params, o[0], o[1], o[2], o[3], scratch))
GENERIC(avg_pool2d_gradient_f32, tinyml_avg_pool2d_gradient_f32(params, o[0], o[1], scratch))
GENERIC(batch_norm_f32, tinyml_batch_norm_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8], scratch))
GENERIC(batch_norm_gradient_s8,
        tinyml_batch_norm_gradient_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], scratch))
GENERIC(batch_norm_gradient_f32, tinyml_batch_norm_gradient_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch))
GENERIC(softmax_cross_entropy_f32, tinyml_softmax_cross_entropy_f32(params, o[0], o[1], o[2], o[3], o[4], scratch))
GENERIC(squared_error_f32, tinyml_squared_error_f32(params, o[0], o[1], o[2], o[3], scratch))
GENERIC(sgd_f32, tinyml_sgd_f32(params, o[0], o[1], o[2], o[3], o[4], scratch))
GENERIC(adam_f32, tinyml_adam_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch))
GENERIC(sgd_s8, tinyml_sgd_s8(params, o[0], o[1], o[2], o[3], o[4], scratch))
GENERIC(compensation_f32, tinyml_compensation_f32(params, o[0], o[1], o[2], o[3], o[4], scratch))
GENERIC(compensation_gradient_f32,
        tinyml_compensation_gradient_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], scratch))
GENERIC(tied_compensation_f32, tinyml_tied_compensation_f32(params, o[0], o[1], o[2], o[3], scratch))
GENERIC(sum_rows_f32, tinyml_sum_rows_f32(params, o[0], o[1], scratch))

/* The implementations for instruction sets beyond the generic one, in their order. */
#if defined(__x86_64__)
#define SIMD(name) &tinyml_##name##_avx2, &tinyml_##name##_avx512vnni
#define SIMD_F32(name) SIMD(name)
#elif defined(__aarch64__)
#define SIMD(name) &tinyml_##name##_neon, &tinyml_##name##_dotprod
#define SIMD_F32(name) &tinyml_##name##_neon
#elif defined(__wasm_simd128__)
#define SIMD(name) &tinyml_##name##_simd128
#define SIMD_F32(name) SIMD(name)
#else
#define SIMD(name) NULL
#define SIMD_F32(name) NULL
#endif

/* By kernel and instruction set. A generic implementation supports all parameters. */
static const tinyml_functions *const table[TINYML_KERNELS][TINYML_ISAS] = {
    [TINYML_CONV2D_S8] = {&generic_conv2d_s8, SIMD(conv2d_s8)},
    [TINYML_DEPTHWISE_CONV2D_S8] = {&generic_depthwise_conv2d_s8, SIMD(depthwise_conv2d_s8)},
    [TINYML_CONV_TRANSPOSE2D_S8] = {&generic_conv_transpose2d_s8, SIMD(conv_transpose2d_s8)},
    [TINYML_FULLY_CONNECTED_S8] = {&generic_fully_connected_s8, SIMD(fully_connected_s8)},
    [TINYML_ADD_S8] = {&generic_add_s8, SIMD(add_s8)},
    [TINYML_MUL_S8] = {&generic_mul_s8},
    [TINYML_AVG_POOL2D_S8] = {&generic_avg_pool2d_s8, SIMD(avg_pool2d_s8)},
    [TINYML_MAX_POOL2D_S8] = {&generic_max_pool2d_s8, SIMD(max_pool2d_s8)},
    [TINYML_SOFTMAX_S8] = {&generic_softmax_s8},
    [TINYML_LUT_S8] = {&generic_lut_s8},
    [TINYML_COPY_S8] = {&generic_copy_s8},
    [TINYML_FILL_S8] = {&generic_fill_s8},
    [TINYML_QUANTIZE_S8] = {&generic_quantize_s8, SIMD_F32(quantize_s8)},
    [TINYML_DEQUANTIZE_S8] = {&generic_dequantize_s8, SIMD_F32(dequantize_s8)},
    [TINYML_CONV2D_F32] = {&generic_conv2d_f32, SIMD_F32(conv2d_f32)},
    [TINYML_DEPTHWISE_CONV2D_F32] = {&generic_depthwise_conv2d_f32, SIMD_F32(depthwise_conv2d_f32)},
    [TINYML_CONV_TRANSPOSE2D_F32] = {&generic_conv_transpose2d_f32, SIMD_F32(conv_transpose2d_f32)},
    [TINYML_FULLY_CONNECTED_F32] = {&generic_fully_connected_f32, SIMD_F32(fully_connected_f32)},
    [TINYML_ADD_F32] = {&generic_add_f32, SIMD_F32(add_f32)},
    [TINYML_MUL_F32] = {&generic_mul_f32, SIMD_F32(mul_f32)},
    [TINYML_AVG_POOL2D_F32] = {&generic_avg_pool2d_f32, SIMD_F32(avg_pool2d_f32)},
    [TINYML_MAX_POOL2D_F32] = {&generic_max_pool2d_f32, SIMD_F32(max_pool2d_f32)},
    [TINYML_CLAMP_F32] = {&generic_clamp_f32, SIMD_F32(clamp_f32)},
    [TINYML_COPY_F32] = {&generic_copy_f32},
    [TINYML_CONV2D_SUMS_S8] = {&generic_conv2d_sums_s8, SIMD(conv2d_sums_s8)},
    [TINYML_CONV2D_INPUT_GRADIENT_S8] = {&generic_conv2d_input_gradient_s8, SIMD(conv2d_input_gradient_s8)},
    [TINYML_CONV2D_WEIGHT_GRADIENT_S8] = {&generic_conv2d_weight_gradient_s8, SIMD(conv2d_weight_gradient_s8)},
    [TINYML_CONV2D_SUMS_F32] = {&generic_conv2d_sums_f32, SIMD_F32(conv2d_sums_f32)},
    [TINYML_CONV2D_INPUT_GRADIENT_F32] = {&generic_conv2d_input_gradient_f32, SIMD_F32(conv2d_input_gradient_f32)},
    [TINYML_CONV2D_WEIGHT_GRADIENT_F32] = {&generic_conv2d_weight_gradient_f32, SIMD_F32(conv2d_weight_gradient_f32)},
    [TINYML_RESCALE_S32] = {&generic_rescale_s32, SIMD_F32(rescale_s32)},
    [TINYML_ADD_BIAS_F32] = {&generic_add_bias_f32, SIMD_F32(add_bias_f32)},
    [TINYML_EXTENT_F32] = {&generic_extent_f32, SIMD_F32(extent_f32)},
    [TINYML_TRACK_RANGE_F32] = {&generic_track_range_f32},
    [TINYML_ENCODE_S8] = {&generic_encode_s8, SIMD_F32(encode_s8)},
    [TINYML_DECODE_S8] = {&generic_decode_s8, SIMD_F32(decode_s8)},
    [TINYML_ENCODE_WEIGHTS_S8] = {&generic_encode_weights_s8, SIMD_F32(encode_weights_s8)},
    [TINYML_DECODE_WEIGHTS_S8] = {&generic_decode_weights_s8, SIMD_F32(decode_weights_s8)},
    [TINYML_ADD_CODES_F32] = {&generic_add_codes_f32, SIMD_F32(add_codes_f32)},
    [TINYML_ACTIVATION_GRADIENT_S8] = {&generic_activation_gradient_s8, SIMD_F32(activation_gradient_s8)},
    [TINYML_ACTIVATION_GRADIENT_F32] = {&generic_activation_gradient_f32, SIMD_F32(activation_gradient_f32)},
    [TINYML_CLIP_RANGE_F32] = {&generic_clip_range_f32},
    [TINYML_MAX_POOL2D_GRADIENT_S8] = {&generic_max_pool2d_gradient_s8, SIMD_F32(max_pool2d_gradient_s8)},
    [TINYML_MAX_POOL2D_GRADIENT_F32] = {&generic_max_pool2d_gradient_f32, SIMD_F32(max_pool2d_gradient_f32)},
    [TINYML_AVG_POOL2D_GRADIENT_F32] = {&generic_avg_pool2d_gradient_f32, SIMD_F32(avg_pool2d_gradient_f32)},
    [TINYML_BATCH_NORM_F32] = {&generic_batch_norm_f32, SIMD_F32(batch_norm_f32)},
    [TINYML_BATCH_NORM_GRADIENT_S8] = {&generic_batch_norm_gradient_s8, SIMD_F32(batch_norm_gradient_s8)},
    [TINYML_BATCH_NORM_GRADIENT_F32] = {&generic_batch_norm_gradient_f32, SIMD_F32(batch_norm_gradient_f32)},
    [TINYML_SOFTMAX_CROSS_ENTROPY_F32] = {&generic_softmax_cross_entropy_f32},
    [TINYML_SQUARED_ERROR_F32] = {&generic_squared_error_f32},
    [TINYML_SGD_F32] = {&generic_sgd_f32, SIMD_F32(sgd_f32)},
    [TINYML_ADAM_F32] = {&generic_adam_f32, SIMD_F32(adam_f32)},
    [TINYML_SGD_S8] = {&generic_sgd_s8, SIMD_F32(sgd_s8)},
    [TINYML_COMPENSATION_F32] = {&generic_compensation_f32, SIMD_F32(compensation_f32)},
    [TINYML_COMPENSATION_GRADIENT_F32] = {&generic_compensation_gradient_f32},
    [TINYML_TIED_COMPENSATION_F32] = {&generic_tied_compensation_f32},
    [TINYML_SUM_ROWS_F32] = {&generic_sum_rows_f32, SIMD_F32(sum_rows_f32)},
};

tinyml_implementation tinyml_choose(tinyml_kernel kernel, const void *params, tinyml_isa isa) {
  for (tinyml_isa i = isa; i > TINYML_ISA_GENERIC; i = (tinyml_isa)(i - 1)) {
    const tinyml_functions *functions = table[kernel][i];
    if (functions == NULL) continue;
    if (functions->supports == NULL || functions->supports(params)) return (tinyml_implementation){functions, i};
  }
  return (tinyml_implementation){table[kernel][TINYML_ISA_GENERIC], TINYML_ISA_GENERIC};
}
