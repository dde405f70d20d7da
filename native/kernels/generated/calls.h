/* Written by `npm run generate` from src/program/kernels/. */
#ifndef TINYML_CALLS_H
#define TINYML_CALLS_H

#include "../tinyml_kernels.h"

/* A kernel with its operands (inputs, constants, outputs) in an array; `packed` is for implementations that pack. */
typedef void (*tinyml_call)(const void *params, void *const *operands, const void *packed, void *scratch);

static void call_conv2d_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_depthwise_conv2d_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_depthwise_conv2d_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_conv_transpose2d_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv_transpose2d_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_fully_connected_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_fully_connected_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_conv2d_pairs_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_pairs_s8(params, o[0], o[1], o[2], scratch);
}

static void call_conv2d_groups_pairs_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_groups_pairs_s8(params, o[0], o[1], o[2], scratch);
}

static void call_conv_transpose2d_pairs_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv_transpose2d_pairs_s8(params, o[0], o[1], o[2], scratch);
}

static void call_fully_connected_pairs_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_fully_connected_pairs_s8(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_conv2d_vectors_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_vectors_s8(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_conv2d_groups_vectors_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_groups_vectors_s8(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_conv_transpose2d_vectors_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv_transpose2d_vectors_s8(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_conv2d_words_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_words_s8(params, o[0], o[1], o[2], scratch);
}

static void call_fully_connected_vectors_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_fully_connected_vectors_s8(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_fully_connected_words_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_fully_connected_words_s8(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_weighted_sum_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_weighted_sum_s8(params, o[0], o[1], o[2], scratch);
}

static void call_depthwise_conv2d_planes_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_depthwise_conv2d_planes_s8(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_depthwise_conv2d_large_planes_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_depthwise_conv2d_large_planes_s8(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_depthwise_conv2d_columns_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_depthwise_conv2d_columns_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_depthwise_conv2d_rows_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_depthwise_conv2d_rows_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_add_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_add_s8(params, o[0], o[1], o[2], scratch);
}

static void call_mul_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_mul_s8(params, o[0], o[1], o[2], scratch);
}

static void call_avg_pool2d_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_avg_pool2d_s8(params, o[0], o[1], scratch);
}

static void call_pool_sums_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_pool_sums_s8(params, o[0], o[1], o[2], scratch);
}

static void call_average_sums_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_average_sums_s8(params, o[0], o[1], scratch);
}

static void call_requantize_sums_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_requantize_sums_s8(params, o[0], o[1], scratch);
}

static void call_max_pool2d_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_max_pool2d_s8(params, o[0], o[1], scratch);
}

static void call_mean_pool2d_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_mean_pool2d_s8(params, o[0], o[1], scratch);
}

static void call_softmax_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_softmax_s8(params, o[0], o[1], scratch);
}

static void call_masked_softmax_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_masked_softmax_s8(params, o[0], o[1], o[2], scratch);
}

static void call_log_softmax_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_log_softmax_s8(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_batch_matmul_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_batch_matmul_s8(params, o[0], o[1], o[2], scratch);
}

static void call_attention_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_attention_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], scratch);
}

static void call_linear_attention_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_linear_attention_s8(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_normalize_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_normalize_s8(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_lstm_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_lstm_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8], o[9], o[10], o[11], o[12], o[13],
                 scratch);
}

static void call_gru_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_gru_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8], o[9], o[10], o[11], o[12], scratch);
}

static void call_rnn_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_rnn_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8], o[9], o[10], o[11], scratch);
}

static void call_lstm_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_lstm_s16(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8], o[9], o[10], o[11], o[12], o[13],
                  scratch);
}

static void call_gru_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_gru_s16(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8], o[9], o[10], o[11], o[12], scratch);
}

static void call_lrn_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_lrn_s8(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_lut_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_lut_s8(params, o[0], o[1], o[2], scratch);
}

static void call_copy_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_copy_s8(params, o[0], o[1], scratch);
}

static void call_fill_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_fill_s8(params, o[0], scratch);
}

static void call_move_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_move_s8(params, o[0], o[1], scratch);
}

static void call_shift_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_shift_s8(params, o[0], scratch);
}

static void call_shift_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_shift_s16(params, o[0], scratch);
}

static void call_gather_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_gather_s8(params, o[0], o[1], o[2], scratch);
}

static void call_resize2d_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_resize2d_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_binary_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_binary_s8(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_select_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_select_s8(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_reduce_sum_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_reduce_sum_s8(params, o[0], o[1], o[2], scratch);
}

static void call_cumsum_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_cumsum_s8(params, o[0], o[1], scratch);
}

static void call_top_k_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_top_k_s8(params, o[0], o[1], o[2], scratch);
}

static void call_one_hot_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_one_hot_s8(params, o[0], o[1], scratch);
}

static void call_encode_stripes_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_encode_stripes_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], scratch);
}

static void call_decode_stripes_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_decode_stripes_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], scratch);
}

static void call_quantize_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_quantize_s8(params, o[0], o[1], o[2], scratch);
}

static void call_dequantize_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_dequantize_s8(params, o[0], o[1], o[2], scratch);
}

static void call_conv2d_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_f32(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_depthwise_conv2d_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_depthwise_conv2d_f32(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_conv_transpose2d_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv_transpose2d_f32(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_fully_connected_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_fully_connected_f32(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_add_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_add_f32(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_mul_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_mul_f32(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_avg_pool2d_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_avg_pool2d_f32(params, o[0], o[1], scratch);
}

static void call_max_pool2d_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_max_pool2d_f32(params, o[0], o[1], scratch);
}

static void call_clamp_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_clamp_f32(params, o[0], o[1], o[2], scratch);
}

static void call_copy_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_copy_f32(params, o[0], o[1], scratch);
}

static void call_recurrent_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_recurrent_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8], scratch);
}

static void call_batch_matmul_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_batch_matmul_f32(params, o[0], o[1], o[2], scratch);
}

static void call_lrn_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_lrn_f32(params, o[0], o[1], o[2], scratch);
}

static void call_normalize_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_normalize_f32(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_softmax_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_softmax_f32(params, o[0], o[1], scratch);
}

static void call_reduce_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_reduce_f32(params, o[0], o[1], scratch);
}

static void call_trigonometry_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_trigonometry_f32(params, o[0], o[1], scratch);
}

static void call_power_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_power_f32(params, o[0], o[1], o[2], scratch);
}

static void call_binary_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_binary_f32(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_compare_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_compare_f32(params, o[0], o[1], o[2], scratch);
}

static void call_select_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_select_f32(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_gather_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_gather_f32(params, o[0], o[1], o[2], scratch);
}

static void call_top_k_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_top_k_f32(params, o[0], o[1], o[2], scratch);
}

static void call_one_hot_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_one_hot_f32(params, o[0], o[1], o[2], scratch);
}

static void call_resize2d_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_resize2d_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_unary_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_unary_f32(params, o[0], o[1], o[2], scratch);
}

static void call_add_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_add_s16(params, o[0], o[1], o[2], scratch);
}

static void call_conv2d_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_s16(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_conv_transpose2d_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv_transpose2d_s16(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_copy_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_copy_s16(params, o[0], o[1], scratch);
}

static void call_depthwise_conv2d_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_depthwise_conv2d_s16(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_dequantize_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_dequantize_s16(params, o[0], o[1], o[2], scratch);
}

static void call_fully_connected_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_fully_connected_s16(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_lut_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_lut_s16(params, o[0], o[1], o[2], scratch);
}

static void call_max_pool2d_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_max_pool2d_s16(params, o[0], o[1], scratch);
}

static void call_mul_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_mul_s16(params, o[0], o[1], o[2], scratch);
}

static void call_quantize_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_quantize_s16(params, o[0], o[1], o[2], scratch);
}

static void call_requantize_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_requantize_s16(params, o[0], o[1], scratch);
}

static void call_requantize_s16_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_requantize_s16_s8(params, o[0], o[1], scratch);
}

static void call_requantize_s8_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_requantize_s8_s16(params, o[0], o[1], scratch);
}

static void call_resize2d_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_resize2d_s16(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_softmax_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_softmax_s16(params, o[0], o[1], o[2], scratch);
}

static void call_masked_softmax_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_masked_softmax_s16(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_batch_matmul_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_batch_matmul_s16(params, o[0], o[1], o[2], scratch);
}

static void call_normalize_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_normalize_s16(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_sqrt_s16(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_sqrt_s16(params, o[0], o[1], scratch);
}

static void call_conv2d_sums_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_sums_s8(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_conv2d_input_gradient_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_input_gradient_s8(params, o[0], o[1], o[2], scratch);
}

static void call_conv2d_weight_gradient_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_weight_gradient_s8(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_conv2d_sums_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_sums_f32(params, o[0], o[1], o[2], scratch);
}

static void call_conv2d_input_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_input_gradient_f32(params, o[0], o[1], o[2], scratch);
}

static void call_conv2d_weight_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_weight_gradient_f32(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_rescale_s32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_rescale_s32(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_add_bias_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_add_bias_f32(params, o[0], o[1], o[2], scratch);
}

static void call_extent_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_extent_f32(params, o[0], o[1], scratch);
}

static void call_track_range_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_track_range_f32(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_encode_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_encode_s8(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_decode_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_decode_s8(params, o[0], o[1], o[2], scratch);
}

static void call_encode_weights_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_encode_weights_s8(params, o[0], o[1], o[2], scratch);
}

static void call_decode_weights_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_decode_weights_s8(params, o[0], o[1], o[2], scratch);
}

static void call_recode_weights_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_recode_weights_s8(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_add_codes_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_add_codes_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_activation_gradient_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_activation_gradient_s8(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_activation_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_activation_gradient_f32(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_clip_range_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_clip_range_f32(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_max_pool2d_gradient_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_max_pool2d_gradient_s8(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_max_pool2d_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_max_pool2d_gradient_f32(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_avg_pool2d_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_avg_pool2d_gradient_f32(params, o[0], o[1], scratch);
}

static void call_batch_norm_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_batch_norm_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8], scratch);
}

static void call_batch_norm_gradient_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_batch_norm_gradient_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], scratch);
}

static void call_batch_norm_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_batch_norm_gradient_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_batch_matmul_sums_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_batch_matmul_sums_s8(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_normalize_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_normalize_gradient_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_unary_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_unary_gradient_f32(params, o[0], o[1], o[2], scratch);
}

static void call_recurrent_cell_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_recurrent_cell_f32(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_recurrent_cell_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_recurrent_cell_gradient_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], scratch);
}

static void call_softmax_cross_entropy_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_softmax_cross_entropy_f32(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_squared_error_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_squared_error_f32(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_accumulate_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_accumulate_f32(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_sgd_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_sgd_f32(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_momentum_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_momentum_f32(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_adam_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_adam_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_sgd_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_sgd_s8(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_conv2d_update_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_update_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8], scratch);
}

static void call_conv2d_accumulate_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_accumulate_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], scratch);
}

static void call_inside_bits_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_inside_bits_s8(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_masked_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_masked_gradient_f32(params, o[0], o[1], o[2], scratch);
}

static void call_conv2d_encode_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_encode_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8], scratch);
}

static void call_conv2d_input_gradient_extent_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_input_gradient_extent_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8], o[9], scratch);
}

static void call_conv2d_input_gradient_encode_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_input_gradient_encode_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8], o[9], o[10],
                                         scratch);
}

static void call_conv2d_input_gradient_add_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_input_gradient_add_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], scratch);
}

static void call_avg_pool2d_gradient_extent_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_avg_pool2d_gradient_extent_f32(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_avg_pool2d_gradient_encode_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_avg_pool2d_gradient_encode_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_avg_pool2d_decode_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_avg_pool2d_decode_s8(params, o[0], o[1], o[2], scratch);
}

static void call_compensation_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_compensation_f32(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_compensation_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_compensation_gradient_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], scratch);
}

static void call_tied_compensation_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_tied_compensation_f32(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_sum_rows_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_sum_rows_f32(params, o[0], o[1], scratch);
}

static void call_patch_statistics_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_patch_statistics_s8(params, o[0], o[1], o[2], o[3], o[4], scratch);
}

static void call_gate_patches_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_gate_patches_s8(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_list_tiles_s32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_list_tiles_s32(params, o[0], o[1], scratch);
}

static void call_dilate_tiles_s32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_dilate_tiles_s32(params, o[0], o[1], scratch);
}

static void call_unite_tiles_s32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_unite_tiles_s32(params, o[0], o[1], o[2], scratch);
}

static void call_copy_tiles_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_copy_tiles_s8(params, o[0], o[1], o[2], scratch);
}

static void call_conv2d_tiles_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_tiles_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], scratch);
}

static void call_depthwise_conv2d_tiles_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_depthwise_conv2d_tiles_s8(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], scratch);
}

static void call_add_tiles_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_add_tiles_s8(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_mul_tiles_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_mul_tiles_s8(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_lut_tiles_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_lut_tiles_s8(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_max_pool2d_tiles_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_max_pool2d_tiles_s8(params, o[0], o[1], o[2], scratch);
}

static void call_avg_pool2d_tiles_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_avg_pool2d_tiles_s8(params, o[0], o[1], o[2], scratch);
}

static void call_mean_pool2d_tiles_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_mean_pool2d_tiles_s8(params, o[0], o[1], o[2], scratch);
}

static void call_patch_statistics_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_patch_statistics_f32(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_patch_mask_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_patch_mask_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch);
}

static void call_patch_mask_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_patch_mask_gradient_f32(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_patch_mix_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_patch_mix_f32(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_patch_mix_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_patch_mix_gradient_f32(params, o[0], o[1], o[2], o[3], scratch);
}

static void call_patch_contrast_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_patch_contrast_f32(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8], o[9], scratch);
}

static void call_conv2d_s4(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_conv2d_s4(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], scratch);
}

static void call_fully_connected_s4(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  tinyml_fully_connected_s4(params, o[0], o[1], o[2], o[3], o[4], o[5], o[6], scratch);
}

/* By the number of the kernel. */
#define TINYML_CALLS { \
  call_conv2d_s8, \
  call_depthwise_conv2d_s8, \
  call_conv_transpose2d_s8, \
  call_fully_connected_s8, \
  call_conv2d_pairs_s8, \
  call_conv2d_groups_pairs_s8, \
  call_conv_transpose2d_pairs_s8, \
  call_fully_connected_pairs_s8, \
  call_conv2d_vectors_s8, \
  call_conv2d_groups_vectors_s8, \
  call_conv_transpose2d_vectors_s8, \
  call_conv2d_words_s8, \
  call_fully_connected_vectors_s8, \
  call_fully_connected_words_s8, \
  call_weighted_sum_s8, \
  call_depthwise_conv2d_planes_s8, \
  call_depthwise_conv2d_large_planes_s8, \
  call_depthwise_conv2d_columns_s8, \
  call_depthwise_conv2d_rows_s8, \
  call_add_s8, \
  call_mul_s8, \
  call_avg_pool2d_s8, \
  call_pool_sums_s8, \
  call_average_sums_s8, \
  call_requantize_sums_s8, \
  call_max_pool2d_s8, \
  call_mean_pool2d_s8, \
  call_softmax_s8, \
  call_masked_softmax_s8, \
  call_log_softmax_s8, \
  call_batch_matmul_s8, \
  call_attention_s8, \
  call_linear_attention_s8, \
  call_normalize_s8, \
  call_lstm_s8, \
  call_gru_s8, \
  call_rnn_s8, \
  call_lstm_s16, \
  call_gru_s16, \
  call_lrn_s8, \
  call_lut_s8, \
  call_copy_s8, \
  call_fill_s8, \
  call_move_s8, \
  call_shift_s8, \
  call_shift_s16, \
  call_gather_s8, \
  call_resize2d_s8, \
  call_binary_s8, \
  call_select_s8, \
  call_reduce_sum_s8, \
  call_cumsum_s8, \
  call_top_k_s8, \
  call_one_hot_s8, \
  call_encode_stripes_s8, \
  call_decode_stripes_s8, \
  call_quantize_s8, \
  call_dequantize_s8, \
  call_conv2d_f32, \
  call_depthwise_conv2d_f32, \
  call_conv_transpose2d_f32, \
  call_fully_connected_f32, \
  call_add_f32, \
  call_mul_f32, \
  call_avg_pool2d_f32, \
  call_max_pool2d_f32, \
  call_clamp_f32, \
  call_copy_f32, \
  call_recurrent_f32, \
  call_batch_matmul_f32, \
  call_lrn_f32, \
  call_normalize_f32, \
  call_softmax_f32, \
  call_reduce_f32, \
  call_trigonometry_f32, \
  call_power_f32, \
  call_binary_f32, \
  call_compare_f32, \
  call_select_f32, \
  call_gather_f32, \
  call_top_k_f32, \
  call_one_hot_f32, \
  call_resize2d_f32, \
  call_unary_f32, \
  call_add_s16, \
  call_conv2d_s16, \
  call_conv_transpose2d_s16, \
  call_copy_s16, \
  call_depthwise_conv2d_s16, \
  call_dequantize_s16, \
  call_fully_connected_s16, \
  call_lut_s16, \
  call_max_pool2d_s16, \
  call_mul_s16, \
  call_quantize_s16, \
  call_requantize_s16, \
  call_requantize_s16_s8, \
  call_requantize_s8_s16, \
  call_resize2d_s16, \
  call_softmax_s16, \
  call_masked_softmax_s16, \
  call_batch_matmul_s16, \
  call_normalize_s16, \
  call_sqrt_s16, \
  call_conv2d_sums_s8, \
  call_conv2d_input_gradient_s8, \
  call_conv2d_weight_gradient_s8, \
  call_conv2d_sums_f32, \
  call_conv2d_input_gradient_f32, \
  call_conv2d_weight_gradient_f32, \
  call_rescale_s32, \
  call_add_bias_f32, \
  call_extent_f32, \
  call_track_range_f32, \
  call_encode_s8, \
  call_decode_s8, \
  call_encode_weights_s8, \
  call_decode_weights_s8, \
  call_recode_weights_s8, \
  call_add_codes_f32, \
  call_activation_gradient_s8, \
  call_activation_gradient_f32, \
  call_clip_range_f32, \
  call_max_pool2d_gradient_s8, \
  call_max_pool2d_gradient_f32, \
  call_avg_pool2d_gradient_f32, \
  call_batch_norm_f32, \
  call_batch_norm_gradient_s8, \
  call_batch_norm_gradient_f32, \
  call_batch_matmul_sums_s8, \
  call_normalize_gradient_f32, \
  call_unary_gradient_f32, \
  call_recurrent_cell_f32, \
  call_recurrent_cell_gradient_f32, \
  call_softmax_cross_entropy_f32, \
  call_squared_error_f32, \
  call_accumulate_f32, \
  call_sgd_f32, \
  call_momentum_f32, \
  call_adam_f32, \
  call_sgd_s8, \
  call_conv2d_update_s8, \
  call_conv2d_accumulate_s8, \
  call_inside_bits_s8, \
  call_masked_gradient_f32, \
  call_conv2d_encode_s8, \
  call_conv2d_input_gradient_extent_s8, \
  call_conv2d_input_gradient_encode_s8, \
  call_conv2d_input_gradient_add_s8, \
  call_avg_pool2d_gradient_extent_f32, \
  call_avg_pool2d_gradient_encode_f32, \
  call_avg_pool2d_decode_s8, \
  call_compensation_f32, \
  call_compensation_gradient_f32, \
  call_tied_compensation_f32, \
  call_sum_rows_f32, \
  call_patch_statistics_s8, \
  call_gate_patches_s8, \
  call_list_tiles_s32, \
  call_dilate_tiles_s32, \
  call_unite_tiles_s32, \
  call_copy_tiles_s8, \
  call_conv2d_tiles_s8, \
  call_depthwise_conv2d_tiles_s8, \
  call_add_tiles_s8, \
  call_mul_tiles_s8, \
  call_lut_tiles_s8, \
  call_max_pool2d_tiles_s8, \
  call_avg_pool2d_tiles_s8, \
  call_mean_pool2d_tiles_s8, \
  call_patch_statistics_f32, \
  call_patch_mask_f32, \
  call_patch_mask_gradient_f32, \
  call_patch_mix_f32, \
  call_patch_mix_gradient_f32, \
  call_patch_contrast_f32, \
  call_conv2d_s4, \
  call_fully_connected_s4 \
}

#endif
