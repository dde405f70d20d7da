/* Written by `npm run generate` from src/program/kernels/. */
/* Included once, by implementations.c, which says what SIMD and SIMD_F32 are here. */

static const tinyml_functions generic_conv2d_s8 = {NULL, NULL, NULL, NULL, call_conv2d_s8};
static const tinyml_functions generic_depthwise_conv2d_s8 = {NULL, NULL, NULL, NULL, call_depthwise_conv2d_s8};
static const tinyml_functions generic_conv_transpose2d_s8 = {NULL, NULL, NULL, NULL, call_conv_transpose2d_s8};
static const tinyml_functions generic_fully_connected_s8 = {NULL, NULL, NULL, NULL, call_fully_connected_s8};
static const tinyml_functions generic_conv2d_pairs_s8 = {NULL, NULL, NULL, NULL, call_conv2d_pairs_s8};
static const tinyml_functions generic_conv2d_groups_pairs_s8 = {NULL, NULL, NULL, NULL, call_conv2d_groups_pairs_s8};
static const tinyml_functions generic_conv_transpose2d_pairs_s8 = {NULL, NULL, NULL, NULL, call_conv_transpose2d_pairs_s8};
static const tinyml_functions generic_fully_connected_pairs_s8 = {NULL, NULL, NULL, NULL, call_fully_connected_pairs_s8};
static const tinyml_functions generic_conv2d_vectors_s8 = {NULL, NULL, NULL, NULL, call_conv2d_vectors_s8};
static const tinyml_functions generic_conv2d_groups_vectors_s8 = {NULL, NULL, NULL, NULL, call_conv2d_groups_vectors_s8};
static const tinyml_functions generic_conv_transpose2d_vectors_s8 = {NULL, NULL, NULL, NULL, call_conv_transpose2d_vectors_s8};
static const tinyml_functions generic_conv2d_words_s8 = {NULL, NULL, NULL, NULL, call_conv2d_words_s8};
static const tinyml_functions generic_fully_connected_vectors_s8 = {NULL, NULL, NULL, NULL, call_fully_connected_vectors_s8};
static const tinyml_functions generic_fully_connected_words_s8 = {NULL, NULL, NULL, NULL, call_fully_connected_words_s8};
static const tinyml_functions generic_weighted_sum_s8 = {NULL, NULL, NULL, NULL, call_weighted_sum_s8};
static const tinyml_functions generic_depthwise_conv2d_planes_s8 = {NULL, NULL, NULL, NULL, call_depthwise_conv2d_planes_s8};
static const tinyml_functions generic_depthwise_conv2d_large_planes_s8 = {NULL, NULL, NULL, NULL, call_depthwise_conv2d_large_planes_s8};
static const tinyml_functions generic_depthwise_conv2d_columns_s8 = {NULL, NULL, NULL, NULL, call_depthwise_conv2d_columns_s8};
static const tinyml_functions generic_depthwise_conv2d_rows_s8 = {NULL, NULL, NULL, NULL, call_depthwise_conv2d_rows_s8};
static const tinyml_functions generic_add_s8 = {NULL, NULL, NULL, NULL, call_add_s8};
static const tinyml_functions generic_mul_s8 = {NULL, NULL, NULL, NULL, call_mul_s8};
static const tinyml_functions generic_avg_pool2d_s8 = {NULL, NULL, NULL, NULL, call_avg_pool2d_s8};
static const tinyml_functions generic_pool_sums_s8 = {NULL, NULL, NULL, NULL, call_pool_sums_s8};
static const tinyml_functions generic_average_sums_s8 = {NULL, NULL, NULL, NULL, call_average_sums_s8};
static const tinyml_functions generic_requantize_sums_s8 = {NULL, NULL, NULL, NULL, call_requantize_sums_s8};
static const tinyml_functions generic_max_pool2d_s8 = {NULL, NULL, NULL, NULL, call_max_pool2d_s8};
static const tinyml_functions generic_mean_pool2d_s8 = {NULL, NULL, NULL, NULL, call_mean_pool2d_s8};
static const tinyml_functions generic_softmax_s8 = {NULL, NULL, NULL, NULL, call_softmax_s8};
static const tinyml_functions generic_masked_softmax_s8 = {NULL, NULL, NULL, NULL, call_masked_softmax_s8};
static const tinyml_functions generic_log_softmax_s8 = {NULL, NULL, NULL, NULL, call_log_softmax_s8};
static const tinyml_functions generic_batch_matmul_s8 = {NULL, NULL, NULL, NULL, call_batch_matmul_s8};
static const tinyml_functions generic_attention_s8 = {NULL, NULL, NULL, NULL, call_attention_s8};
static const tinyml_functions generic_linear_attention_s8 = {NULL, NULL, NULL, NULL, call_linear_attention_s8};
static const tinyml_functions generic_normalize_s8 = {NULL, NULL, NULL, NULL, call_normalize_s8};
static const tinyml_functions generic_lstm_s8 = {NULL, NULL, NULL, NULL, call_lstm_s8};
static const tinyml_functions generic_gru_s8 = {NULL, NULL, NULL, NULL, call_gru_s8};
static const tinyml_functions generic_rnn_s8 = {NULL, NULL, NULL, NULL, call_rnn_s8};
static const tinyml_functions generic_lstm_s16 = {NULL, NULL, NULL, NULL, call_lstm_s16};
static const tinyml_functions generic_gru_s16 = {NULL, NULL, NULL, NULL, call_gru_s16};
static const tinyml_functions generic_lrn_s8 = {NULL, NULL, NULL, NULL, call_lrn_s8};
static const tinyml_functions generic_lut_s8 = {NULL, NULL, NULL, NULL, call_lut_s8};
static const tinyml_functions generic_copy_s8 = {NULL, NULL, NULL, NULL, call_copy_s8};
static const tinyml_functions generic_fill_s8 = {NULL, NULL, NULL, NULL, call_fill_s8};
static const tinyml_functions generic_move_s8 = {NULL, NULL, NULL, NULL, call_move_s8};
static const tinyml_functions generic_shift_s8 = {NULL, NULL, NULL, NULL, call_shift_s8};
static const tinyml_functions generic_shift_s16 = {NULL, NULL, NULL, NULL, call_shift_s16};
static const tinyml_functions generic_gather_s8 = {NULL, NULL, NULL, NULL, call_gather_s8};
static const tinyml_functions generic_resize2d_s8 = {NULL, NULL, NULL, NULL, call_resize2d_s8};
static const tinyml_functions generic_binary_s8 = {NULL, NULL, NULL, NULL, call_binary_s8};
static const tinyml_functions generic_select_s8 = {NULL, NULL, NULL, NULL, call_select_s8};
static const tinyml_functions generic_reduce_sum_s8 = {NULL, NULL, NULL, NULL, call_reduce_sum_s8};
static const tinyml_functions generic_cumsum_s8 = {NULL, NULL, NULL, NULL, call_cumsum_s8};
static const tinyml_functions generic_top_k_s8 = {NULL, NULL, NULL, NULL, call_top_k_s8};
static const tinyml_functions generic_one_hot_s8 = {NULL, NULL, NULL, NULL, call_one_hot_s8};
static const tinyml_functions generic_encode_stripes_s8 = {NULL, NULL, NULL, NULL, call_encode_stripes_s8};
static const tinyml_functions generic_decode_stripes_s8 = {NULL, NULL, NULL, NULL, call_decode_stripes_s8};
static const tinyml_functions generic_quantize_s8 = {NULL, NULL, NULL, NULL, call_quantize_s8};
static const tinyml_functions generic_dequantize_s8 = {NULL, NULL, NULL, NULL, call_dequantize_s8};
static const tinyml_functions generic_conv2d_f32 = {NULL, NULL, NULL, NULL, call_conv2d_f32};
static const tinyml_functions generic_depthwise_conv2d_f32 = {NULL, NULL, NULL, NULL, call_depthwise_conv2d_f32};
static const tinyml_functions generic_conv_transpose2d_f32 = {NULL, NULL, NULL, NULL, call_conv_transpose2d_f32};
static const tinyml_functions generic_fully_connected_f32 = {NULL, NULL, NULL, NULL, call_fully_connected_f32};
static const tinyml_functions generic_add_f32 = {NULL, NULL, NULL, NULL, call_add_f32};
static const tinyml_functions generic_mul_f32 = {NULL, NULL, NULL, NULL, call_mul_f32};
static const tinyml_functions generic_avg_pool2d_f32 = {NULL, NULL, NULL, NULL, call_avg_pool2d_f32};
static const tinyml_functions generic_max_pool2d_f32 = {NULL, NULL, NULL, NULL, call_max_pool2d_f32};
static const tinyml_functions generic_clamp_f32 = {NULL, NULL, NULL, NULL, call_clamp_f32};
static const tinyml_functions generic_copy_f32 = {NULL, NULL, NULL, NULL, call_copy_f32};
static const tinyml_functions generic_recurrent_f32 = {NULL, NULL, NULL, NULL, call_recurrent_f32};
static const tinyml_functions generic_batch_matmul_f32 = {NULL, NULL, NULL, NULL, call_batch_matmul_f32};
static const tinyml_functions generic_lrn_f32 = {NULL, NULL, NULL, NULL, call_lrn_f32};
static const tinyml_functions generic_normalize_f32 = {NULL, NULL, NULL, NULL, call_normalize_f32};
static const tinyml_functions generic_softmax_f32 = {NULL, NULL, NULL, NULL, call_softmax_f32};
static const tinyml_functions generic_reduce_f32 = {NULL, NULL, NULL, NULL, call_reduce_f32};
static const tinyml_functions generic_trigonometry_f32 = {NULL, NULL, NULL, NULL, call_trigonometry_f32};
static const tinyml_functions generic_power_f32 = {NULL, NULL, NULL, NULL, call_power_f32};
static const tinyml_functions generic_binary_f32 = {NULL, NULL, NULL, NULL, call_binary_f32};
static const tinyml_functions generic_compare_f32 = {NULL, NULL, NULL, NULL, call_compare_f32};
static const tinyml_functions generic_select_f32 = {NULL, NULL, NULL, NULL, call_select_f32};
static const tinyml_functions generic_gather_f32 = {NULL, NULL, NULL, NULL, call_gather_f32};
static const tinyml_functions generic_top_k_f32 = {NULL, NULL, NULL, NULL, call_top_k_f32};
static const tinyml_functions generic_one_hot_f32 = {NULL, NULL, NULL, NULL, call_one_hot_f32};
static const tinyml_functions generic_resize2d_f32 = {NULL, NULL, NULL, NULL, call_resize2d_f32};
static const tinyml_functions generic_unary_f32 = {NULL, NULL, NULL, NULL, call_unary_f32};
static const tinyml_functions generic_add_s16 = {NULL, NULL, NULL, NULL, call_add_s16};
static const tinyml_functions generic_conv2d_s16 = {NULL, NULL, NULL, NULL, call_conv2d_s16};
static const tinyml_functions generic_conv_transpose2d_s16 = {NULL, NULL, NULL, NULL, call_conv_transpose2d_s16};
static const tinyml_functions generic_copy_s16 = {NULL, NULL, NULL, NULL, call_copy_s16};
static const tinyml_functions generic_depthwise_conv2d_s16 = {NULL, NULL, NULL, NULL, call_depthwise_conv2d_s16};
static const tinyml_functions generic_dequantize_s16 = {NULL, NULL, NULL, NULL, call_dequantize_s16};
static const tinyml_functions generic_fully_connected_s16 = {NULL, NULL, NULL, NULL, call_fully_connected_s16};
static const tinyml_functions generic_lut_s16 = {NULL, NULL, NULL, NULL, call_lut_s16};
static const tinyml_functions generic_max_pool2d_s16 = {NULL, NULL, NULL, NULL, call_max_pool2d_s16};
static const tinyml_functions generic_mul_s16 = {NULL, NULL, NULL, NULL, call_mul_s16};
static const tinyml_functions generic_quantize_s16 = {NULL, NULL, NULL, NULL, call_quantize_s16};
static const tinyml_functions generic_requantize_s16 = {NULL, NULL, NULL, NULL, call_requantize_s16};
static const tinyml_functions generic_requantize_s16_s8 = {NULL, NULL, NULL, NULL, call_requantize_s16_s8};
static const tinyml_functions generic_requantize_s8_s16 = {NULL, NULL, NULL, NULL, call_requantize_s8_s16};
static const tinyml_functions generic_resize2d_s16 = {NULL, NULL, NULL, NULL, call_resize2d_s16};
static const tinyml_functions generic_softmax_s16 = {NULL, NULL, NULL, NULL, call_softmax_s16};
static const tinyml_functions generic_masked_softmax_s16 = {NULL, NULL, NULL, NULL, call_masked_softmax_s16};
static const tinyml_functions generic_batch_matmul_s16 = {NULL, NULL, NULL, NULL, call_batch_matmul_s16};
static const tinyml_functions generic_normalize_s16 = {NULL, NULL, NULL, NULL, call_normalize_s16};
static const tinyml_functions generic_sqrt_s16 = {NULL, NULL, NULL, NULL, call_sqrt_s16};
static const tinyml_functions generic_conv2d_sums_s8 = {NULL, NULL, NULL, NULL, call_conv2d_sums_s8};
static const tinyml_functions generic_conv2d_input_gradient_s8 = {NULL, NULL, NULL, NULL, call_conv2d_input_gradient_s8};
static const tinyml_functions generic_conv2d_weight_gradient_s8 = {NULL, NULL, NULL, NULL, call_conv2d_weight_gradient_s8};
static const tinyml_functions generic_conv2d_sums_f32 = {NULL, NULL, NULL, NULL, call_conv2d_sums_f32};
static const tinyml_functions generic_conv2d_input_gradient_f32 = {NULL, NULL, NULL, NULL, call_conv2d_input_gradient_f32};
static const tinyml_functions generic_conv2d_weight_gradient_f32 = {NULL, NULL, NULL, NULL, call_conv2d_weight_gradient_f32};
static const tinyml_functions generic_rescale_s32 = {NULL, NULL, NULL, NULL, call_rescale_s32};
static const tinyml_functions generic_add_bias_f32 = {NULL, NULL, NULL, NULL, call_add_bias_f32};
static const tinyml_functions generic_extent_f32 = {NULL, NULL, NULL, NULL, call_extent_f32};
static const tinyml_functions generic_track_range_f32 = {NULL, NULL, NULL, NULL, call_track_range_f32};
static const tinyml_functions generic_encode_s8 = {NULL, NULL, NULL, NULL, call_encode_s8};
static const tinyml_functions generic_decode_s8 = {NULL, NULL, NULL, NULL, call_decode_s8};
static const tinyml_functions generic_encode_weights_s8 = {NULL, NULL, NULL, NULL, call_encode_weights_s8};
static const tinyml_functions generic_decode_weights_s8 = {NULL, NULL, NULL, NULL, call_decode_weights_s8};
static const tinyml_functions generic_recode_weights_s8 = {NULL, NULL, NULL, NULL, call_recode_weights_s8};
static const tinyml_functions generic_add_codes_f32 = {NULL, NULL, NULL, NULL, call_add_codes_f32};
static const tinyml_functions generic_activation_gradient_s8 = {NULL, NULL, NULL, NULL, call_activation_gradient_s8};
static const tinyml_functions generic_activation_gradient_f32 = {NULL, NULL, NULL, NULL, call_activation_gradient_f32};
static const tinyml_functions generic_clip_range_f32 = {NULL, NULL, NULL, NULL, call_clip_range_f32};
static const tinyml_functions generic_max_pool2d_gradient_s8 = {NULL, NULL, NULL, NULL, call_max_pool2d_gradient_s8};
static const tinyml_functions generic_max_pool2d_gradient_f32 = {NULL, NULL, NULL, NULL, call_max_pool2d_gradient_f32};
static const tinyml_functions generic_avg_pool2d_gradient_f32 = {NULL, NULL, NULL, NULL, call_avg_pool2d_gradient_f32};
static const tinyml_functions generic_batch_norm_f32 = {NULL, NULL, NULL, NULL, call_batch_norm_f32};
static const tinyml_functions generic_batch_norm_gradient_s8 = {NULL, NULL, NULL, NULL, call_batch_norm_gradient_s8};
static const tinyml_functions generic_batch_norm_gradient_f32 = {NULL, NULL, NULL, NULL, call_batch_norm_gradient_f32};
static const tinyml_functions generic_batch_matmul_sums_s8 = {NULL, NULL, NULL, NULL, call_batch_matmul_sums_s8};
static const tinyml_functions generic_normalize_gradient_f32 = {NULL, NULL, NULL, NULL, call_normalize_gradient_f32};
static const tinyml_functions generic_unary_gradient_f32 = {NULL, NULL, NULL, NULL, call_unary_gradient_f32};
static const tinyml_functions generic_recurrent_cell_f32 = {NULL, NULL, NULL, NULL, call_recurrent_cell_f32};
static const tinyml_functions generic_recurrent_cell_gradient_f32 = {NULL, NULL, NULL, NULL, call_recurrent_cell_gradient_f32};
static const tinyml_functions generic_softmax_cross_entropy_f32 = {NULL, NULL, NULL, NULL, call_softmax_cross_entropy_f32};
static const tinyml_functions generic_squared_error_f32 = {NULL, NULL, NULL, NULL, call_squared_error_f32};
static const tinyml_functions generic_accumulate_f32 = {NULL, NULL, NULL, NULL, call_accumulate_f32};
static const tinyml_functions generic_sgd_f32 = {NULL, NULL, NULL, NULL, call_sgd_f32};
static const tinyml_functions generic_momentum_f32 = {NULL, NULL, NULL, NULL, call_momentum_f32};
static const tinyml_functions generic_adam_f32 = {NULL, NULL, NULL, NULL, call_adam_f32};
static const tinyml_functions generic_sgd_s8 = {NULL, NULL, NULL, NULL, call_sgd_s8};
static const tinyml_functions generic_conv2d_update_s8 = {NULL, NULL, NULL, NULL, call_conv2d_update_s8};
static const tinyml_functions generic_conv2d_accumulate_s8 = {NULL, NULL, NULL, NULL, call_conv2d_accumulate_s8};
static const tinyml_functions generic_inside_bits_s8 = {NULL, NULL, NULL, NULL, call_inside_bits_s8};
static const tinyml_functions generic_masked_gradient_f32 = {NULL, NULL, NULL, NULL, call_masked_gradient_f32};
static const tinyml_functions generic_conv2d_encode_s8 = {NULL, NULL, NULL, NULL, call_conv2d_encode_s8};
static const tinyml_functions generic_conv2d_input_gradient_extent_s8 = {NULL, NULL, NULL, NULL, call_conv2d_input_gradient_extent_s8};
static const tinyml_functions generic_conv2d_input_gradient_encode_s8 = {NULL, NULL, NULL, NULL, call_conv2d_input_gradient_encode_s8};
static const tinyml_functions generic_conv2d_input_gradient_add_s8 = {NULL, NULL, NULL, NULL, call_conv2d_input_gradient_add_s8};
static const tinyml_functions generic_avg_pool2d_gradient_extent_f32 = {NULL, NULL, NULL, NULL, call_avg_pool2d_gradient_extent_f32};
static const tinyml_functions generic_avg_pool2d_gradient_encode_f32 = {NULL, NULL, NULL, NULL, call_avg_pool2d_gradient_encode_f32};
static const tinyml_functions generic_avg_pool2d_decode_s8 = {NULL, NULL, NULL, NULL, call_avg_pool2d_decode_s8};
static const tinyml_functions generic_compensation_f32 = {NULL, NULL, NULL, NULL, call_compensation_f32};
static const tinyml_functions generic_compensation_gradient_f32 = {NULL, NULL, NULL, NULL, call_compensation_gradient_f32};
static const tinyml_functions generic_tied_compensation_f32 = {NULL, NULL, NULL, NULL, call_tied_compensation_f32};
static const tinyml_functions generic_sum_rows_f32 = {NULL, NULL, NULL, NULL, call_sum_rows_f32};
static const tinyml_functions generic_patch_statistics_s8 = {NULL, NULL, NULL, NULL, call_patch_statistics_s8};
static const tinyml_functions generic_gate_patches_s8 = {NULL, NULL, NULL, NULL, call_gate_patches_s8};
static const tinyml_functions generic_list_tiles_s32 = {NULL, NULL, NULL, NULL, call_list_tiles_s32};
static const tinyml_functions generic_dilate_tiles_s32 = {NULL, NULL, NULL, NULL, call_dilate_tiles_s32};
static const tinyml_functions generic_unite_tiles_s32 = {NULL, NULL, NULL, NULL, call_unite_tiles_s32};
static const tinyml_functions generic_copy_tiles_s8 = {NULL, NULL, NULL, NULL, call_copy_tiles_s8};
static const tinyml_functions generic_conv2d_tiles_s8 = {NULL, NULL, NULL, NULL, call_conv2d_tiles_s8};
static const tinyml_functions generic_depthwise_conv2d_tiles_s8 = {NULL, NULL, NULL, NULL, call_depthwise_conv2d_tiles_s8};
static const tinyml_functions generic_add_tiles_s8 = {NULL, NULL, NULL, NULL, call_add_tiles_s8};
static const tinyml_functions generic_mul_tiles_s8 = {NULL, NULL, NULL, NULL, call_mul_tiles_s8};
static const tinyml_functions generic_lut_tiles_s8 = {NULL, NULL, NULL, NULL, call_lut_tiles_s8};
static const tinyml_functions generic_max_pool2d_tiles_s8 = {NULL, NULL, NULL, NULL, call_max_pool2d_tiles_s8};
static const tinyml_functions generic_avg_pool2d_tiles_s8 = {NULL, NULL, NULL, NULL, call_avg_pool2d_tiles_s8};
static const tinyml_functions generic_mean_pool2d_tiles_s8 = {NULL, NULL, NULL, NULL, call_mean_pool2d_tiles_s8};
static const tinyml_functions generic_patch_statistics_f32 = {NULL, NULL, NULL, NULL, call_patch_statistics_f32};
static const tinyml_functions generic_patch_mask_f32 = {NULL, NULL, NULL, NULL, call_patch_mask_f32};
static const tinyml_functions generic_patch_mask_gradient_f32 = {NULL, NULL, NULL, NULL, call_patch_mask_gradient_f32};
static const tinyml_functions generic_patch_mix_f32 = {NULL, NULL, NULL, NULL, call_patch_mix_f32};
static const tinyml_functions generic_patch_mix_gradient_f32 = {NULL, NULL, NULL, NULL, call_patch_mix_gradient_f32};
static const tinyml_functions generic_patch_contrast_f32 = {NULL, NULL, NULL, NULL, call_patch_contrast_f32};
static const tinyml_functions generic_conv2d_s4 = {NULL, NULL, NULL, NULL, call_conv2d_s4};
static const tinyml_functions generic_fully_connected_s4 = {NULL, NULL, NULL, NULL, call_fully_connected_s4};

DECLARE_SIMD(conv2d_s8)
DECLARE_SIMD(depthwise_conv2d_s8)
DECLARE_SIMD(conv_transpose2d_s8)
DECLARE_SIMD(fully_connected_s8)
DECLARE_SIMD(add_s8)
DECLARE_SIMD(avg_pool2d_s8)
DECLARE_SIMD(max_pool2d_s8)
DECLARE_SIMD(mean_pool2d_s8)
DECLARE_SIMD_F32(quantize_s8)
DECLARE_SIMD_F32(dequantize_s8)
DECLARE_SIMD_F32(conv2d_f32)
DECLARE_SIMD_F32(depthwise_conv2d_f32)
DECLARE_SIMD_F32(conv_transpose2d_f32)
DECLARE_SIMD_F32(fully_connected_f32)
DECLARE_SIMD_F32(add_f32)
DECLARE_SIMD_F32(mul_f32)
DECLARE_SIMD_F32(avg_pool2d_f32)
DECLARE_SIMD_F32(max_pool2d_f32)
DECLARE_SIMD_F32(clamp_f32)
DECLARE_SIMD_F32(batch_matmul_f32)
DECLARE_SIMD_F32(normalize_f32)
DECLARE_SIMD_F32(softmax_f32)
DECLARE_SIMD_F32(reduce_f32)
DECLARE_SIMD_F32(binary_f32)
DECLARE_SIMD_F32(unary_f32)
DECLARE_SIMD(conv2d_sums_s8)
DECLARE_SIMD(conv2d_input_gradient_s8)
DECLARE_SIMD(conv2d_weight_gradient_s8)
DECLARE_SIMD_F32(conv2d_sums_f32)
DECLARE_SIMD_F32(conv2d_input_gradient_f32)
DECLARE_SIMD_F32(conv2d_weight_gradient_f32)
DECLARE_SIMD_F32(rescale_s32)
DECLARE_SIMD_F32(add_bias_f32)
DECLARE_SIMD_F32(extent_f32)
DECLARE_SIMD_F32(encode_s8)
DECLARE_SIMD_F32(decode_s8)
DECLARE_SIMD_F32(encode_weights_s8)
DECLARE_SIMD_F32(decode_weights_s8)
DECLARE_SIMD_F32(add_codes_f32)
DECLARE_SIMD_F32(activation_gradient_s8)
DECLARE_SIMD_F32(activation_gradient_f32)
DECLARE_SIMD_F32(max_pool2d_gradient_s8)
DECLARE_SIMD_F32(max_pool2d_gradient_f32)
DECLARE_SIMD_F32(avg_pool2d_gradient_f32)
DECLARE_SIMD_F32(batch_norm_f32)
DECLARE_SIMD_F32(batch_norm_gradient_s8)
DECLARE_SIMD_F32(batch_norm_gradient_f32)
DECLARE_SIMD_F32(unary_gradient_f32)
DECLARE_SIMD_F32(sgd_f32)
DECLARE_SIMD_F32(momentum_f32)
DECLARE_SIMD_F32(adam_f32)
DECLARE_SIMD_F32(sgd_s8)
DECLARE_SIMD_F32(compensation_f32)
DECLARE_SIMD_F32(sum_rows_f32)
DECLARE_SIMD(patch_statistics_s8)
DECLARE_SIMD(conv2d_tiles_s8)
DECLARE_SIMD(depthwise_conv2d_tiles_s8)
DECLARE_SIMD(add_tiles_s8)
DECLARE_SIMD(max_pool2d_tiles_s8)
DECLARE_SIMD(avg_pool2d_tiles_s8)
DECLARE_SIMD(mean_pool2d_tiles_s8)

static const tinyml_functions *const table[TINYML_KERNELS][TINYML_ISAS] = {
    [TINYML_CONV2D_S8] = {&generic_conv2d_s8, SIMD(conv2d_s8)},
    [TINYML_DEPTHWISE_CONV2D_S8] = {&generic_depthwise_conv2d_s8, SIMD(depthwise_conv2d_s8)},
    [TINYML_CONV_TRANSPOSE2D_S8] = {&generic_conv_transpose2d_s8, SIMD(conv_transpose2d_s8)},
    [TINYML_FULLY_CONNECTED_S8] = {&generic_fully_connected_s8, SIMD(fully_connected_s8)},
    [TINYML_CONV2D_PAIRS_S8] = {&generic_conv2d_pairs_s8},
    [TINYML_CONV2D_GROUPS_PAIRS_S8] = {&generic_conv2d_groups_pairs_s8},
    [TINYML_CONV_TRANSPOSE2D_PAIRS_S8] = {&generic_conv_transpose2d_pairs_s8},
    [TINYML_FULLY_CONNECTED_PAIRS_S8] = {&generic_fully_connected_pairs_s8},
    [TINYML_CONV2D_VECTORS_S8] = {&generic_conv2d_vectors_s8},
    [TINYML_CONV2D_GROUPS_VECTORS_S8] = {&generic_conv2d_groups_vectors_s8},
    [TINYML_CONV_TRANSPOSE2D_VECTORS_S8] = {&generic_conv_transpose2d_vectors_s8},
    [TINYML_CONV2D_WORDS_S8] = {&generic_conv2d_words_s8},
    [TINYML_FULLY_CONNECTED_VECTORS_S8] = {&generic_fully_connected_vectors_s8},
    [TINYML_FULLY_CONNECTED_WORDS_S8] = {&generic_fully_connected_words_s8},
    [TINYML_WEIGHTED_SUM_S8] = {&generic_weighted_sum_s8},
    [TINYML_DEPTHWISE_CONV2D_PLANES_S8] = {&generic_depthwise_conv2d_planes_s8},
    [TINYML_DEPTHWISE_CONV2D_LARGE_PLANES_S8] = {&generic_depthwise_conv2d_large_planes_s8},
    [TINYML_DEPTHWISE_CONV2D_COLUMNS_S8] = {&generic_depthwise_conv2d_columns_s8},
    [TINYML_DEPTHWISE_CONV2D_ROWS_S8] = {&generic_depthwise_conv2d_rows_s8},
    [TINYML_ADD_S8] = {&generic_add_s8, SIMD(add_s8)},
    [TINYML_MUL_S8] = {&generic_mul_s8},
    [TINYML_AVG_POOL2D_S8] = {&generic_avg_pool2d_s8, SIMD(avg_pool2d_s8)},
    [TINYML_POOL_SUMS_S8] = {&generic_pool_sums_s8},
    [TINYML_AVERAGE_SUMS_S8] = {&generic_average_sums_s8},
    [TINYML_REQUANTIZE_SUMS_S8] = {&generic_requantize_sums_s8},
    [TINYML_MAX_POOL2D_S8] = {&generic_max_pool2d_s8, SIMD(max_pool2d_s8)},
    [TINYML_MEAN_POOL2D_S8] = {&generic_mean_pool2d_s8, SIMD(mean_pool2d_s8)},
    [TINYML_SOFTMAX_S8] = {&generic_softmax_s8},
    [TINYML_MASKED_SOFTMAX_S8] = {&generic_masked_softmax_s8},
    [TINYML_LOG_SOFTMAX_S8] = {&generic_log_softmax_s8},
    [TINYML_BATCH_MATMUL_S8] = {&generic_batch_matmul_s8},
    [TINYML_ATTENTION_S8] = {&generic_attention_s8},
    [TINYML_LINEAR_ATTENTION_S8] = {&generic_linear_attention_s8},
    [TINYML_NORMALIZE_S8] = {&generic_normalize_s8},
    [TINYML_LSTM_S8] = {&generic_lstm_s8},
    [TINYML_GRU_S8] = {&generic_gru_s8},
    [TINYML_RNN_S8] = {&generic_rnn_s8},
    [TINYML_LSTM_S16] = {&generic_lstm_s16},
    [TINYML_GRU_S16] = {&generic_gru_s16},
    [TINYML_LRN_S8] = {&generic_lrn_s8},
    [TINYML_LUT_S8] = {&generic_lut_s8},
    [TINYML_COPY_S8] = {&generic_copy_s8},
    [TINYML_FILL_S8] = {&generic_fill_s8},
    [TINYML_MOVE_S8] = {&generic_move_s8},
    [TINYML_SHIFT_S8] = {&generic_shift_s8},
    [TINYML_SHIFT_S16] = {&generic_shift_s16},
    [TINYML_GATHER_S8] = {&generic_gather_s8},
    [TINYML_RESIZE2D_S8] = {&generic_resize2d_s8},
    [TINYML_BINARY_S8] = {&generic_binary_s8},
    [TINYML_SELECT_S8] = {&generic_select_s8},
    [TINYML_REDUCE_SUM_S8] = {&generic_reduce_sum_s8},
    [TINYML_CUMSUM_S8] = {&generic_cumsum_s8},
    [TINYML_TOP_K_S8] = {&generic_top_k_s8},
    [TINYML_ONE_HOT_S8] = {&generic_one_hot_s8},
    [TINYML_ENCODE_STRIPES_S8] = {&generic_encode_stripes_s8},
    [TINYML_DECODE_STRIPES_S8] = {&generic_decode_stripes_s8},
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
    [TINYML_RECURRENT_F32] = {&generic_recurrent_f32},
    [TINYML_BATCH_MATMUL_F32] = {&generic_batch_matmul_f32, SIMD_F32(batch_matmul_f32)},
    [TINYML_LRN_F32] = {&generic_lrn_f32},
    [TINYML_NORMALIZE_F32] = {&generic_normalize_f32, SIMD_F32(normalize_f32)},
    [TINYML_SOFTMAX_F32] = {&generic_softmax_f32, SIMD_F32(softmax_f32)},
    [TINYML_REDUCE_F32] = {&generic_reduce_f32, SIMD_F32(reduce_f32)},
    [TINYML_TRIGONOMETRY_F32] = {&generic_trigonometry_f32},
    [TINYML_POWER_F32] = {&generic_power_f32},
    [TINYML_BINARY_F32] = {&generic_binary_f32, SIMD_F32(binary_f32)},
    [TINYML_COMPARE_F32] = {&generic_compare_f32},
    [TINYML_SELECT_F32] = {&generic_select_f32},
    [TINYML_GATHER_F32] = {&generic_gather_f32},
    [TINYML_TOP_K_F32] = {&generic_top_k_f32},
    [TINYML_ONE_HOT_F32] = {&generic_one_hot_f32},
    [TINYML_RESIZE2D_F32] = {&generic_resize2d_f32},
    [TINYML_UNARY_F32] = {&generic_unary_f32, SIMD_F32(unary_f32)},
    [TINYML_ADD_S16] = {&generic_add_s16},
    [TINYML_CONV2D_S16] = {&generic_conv2d_s16},
    [TINYML_CONV_TRANSPOSE2D_S16] = {&generic_conv_transpose2d_s16},
    [TINYML_COPY_S16] = {&generic_copy_s16},
    [TINYML_DEPTHWISE_CONV2D_S16] = {&generic_depthwise_conv2d_s16},
    [TINYML_DEQUANTIZE_S16] = {&generic_dequantize_s16},
    [TINYML_FULLY_CONNECTED_S16] = {&generic_fully_connected_s16},
    [TINYML_LUT_S16] = {&generic_lut_s16},
    [TINYML_MAX_POOL2D_S16] = {&generic_max_pool2d_s16},
    [TINYML_MUL_S16] = {&generic_mul_s16},
    [TINYML_QUANTIZE_S16] = {&generic_quantize_s16},
    [TINYML_REQUANTIZE_S16] = {&generic_requantize_s16},
    [TINYML_REQUANTIZE_S16_S8] = {&generic_requantize_s16_s8},
    [TINYML_REQUANTIZE_S8_S16] = {&generic_requantize_s8_s16},
    [TINYML_RESIZE2D_S16] = {&generic_resize2d_s16},
    [TINYML_SOFTMAX_S16] = {&generic_softmax_s16},
    [TINYML_MASKED_SOFTMAX_S16] = {&generic_masked_softmax_s16},
    [TINYML_BATCH_MATMUL_S16] = {&generic_batch_matmul_s16},
    [TINYML_NORMALIZE_S16] = {&generic_normalize_s16},
    [TINYML_SQRT_S16] = {&generic_sqrt_s16},
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
    [TINYML_RECODE_WEIGHTS_S8] = {&generic_recode_weights_s8},
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
    [TINYML_BATCH_MATMUL_SUMS_S8] = {&generic_batch_matmul_sums_s8},
    [TINYML_NORMALIZE_GRADIENT_F32] = {&generic_normalize_gradient_f32},
    [TINYML_UNARY_GRADIENT_F32] = {&generic_unary_gradient_f32, SIMD_F32(unary_gradient_f32)},
    [TINYML_RECURRENT_CELL_F32] = {&generic_recurrent_cell_f32},
    [TINYML_RECURRENT_CELL_GRADIENT_F32] = {&generic_recurrent_cell_gradient_f32},
    [TINYML_SOFTMAX_CROSS_ENTROPY_F32] = {&generic_softmax_cross_entropy_f32},
    [TINYML_SQUARED_ERROR_F32] = {&generic_squared_error_f32},
    [TINYML_ACCUMULATE_F32] = {&generic_accumulate_f32},
    [TINYML_SGD_F32] = {&generic_sgd_f32, SIMD_F32(sgd_f32)},
    [TINYML_MOMENTUM_F32] = {&generic_momentum_f32, SIMD_F32(momentum_f32)},
    [TINYML_ADAM_F32] = {&generic_adam_f32, SIMD_F32(adam_f32)},
    [TINYML_SGD_S8] = {&generic_sgd_s8, SIMD_F32(sgd_s8)},
    [TINYML_CONV2D_UPDATE_S8] = {&generic_conv2d_update_s8},
    [TINYML_CONV2D_ACCUMULATE_S8] = {&generic_conv2d_accumulate_s8},
    [TINYML_INSIDE_BITS_S8] = {&generic_inside_bits_s8},
    [TINYML_MASKED_GRADIENT_F32] = {&generic_masked_gradient_f32},
    [TINYML_CONV2D_ENCODE_S8] = {&generic_conv2d_encode_s8},
    [TINYML_CONV2D_INPUT_GRADIENT_EXTENT_S8] = {&generic_conv2d_input_gradient_extent_s8},
    [TINYML_CONV2D_INPUT_GRADIENT_ENCODE_S8] = {&generic_conv2d_input_gradient_encode_s8},
    [TINYML_CONV2D_INPUT_GRADIENT_ADD_S8] = {&generic_conv2d_input_gradient_add_s8},
    [TINYML_AVG_POOL2D_GRADIENT_EXTENT_F32] = {&generic_avg_pool2d_gradient_extent_f32},
    [TINYML_AVG_POOL2D_GRADIENT_ENCODE_F32] = {&generic_avg_pool2d_gradient_encode_f32},
    [TINYML_AVG_POOL2D_DECODE_S8] = {&generic_avg_pool2d_decode_s8},
    [TINYML_COMPENSATION_F32] = {&generic_compensation_f32, SIMD_F32(compensation_f32)},
    [TINYML_COMPENSATION_GRADIENT_F32] = {&generic_compensation_gradient_f32},
    [TINYML_TIED_COMPENSATION_F32] = {&generic_tied_compensation_f32},
    [TINYML_SUM_ROWS_F32] = {&generic_sum_rows_f32, SIMD_F32(sum_rows_f32)},
    [TINYML_PATCH_STATISTICS_S8] = {&generic_patch_statistics_s8, SIMD(patch_statistics_s8)},
    [TINYML_GATE_PATCHES_S8] = {&generic_gate_patches_s8},
    [TINYML_LIST_TILES_S32] = {&generic_list_tiles_s32},
    [TINYML_DILATE_TILES_S32] = {&generic_dilate_tiles_s32},
    [TINYML_UNITE_TILES_S32] = {&generic_unite_tiles_s32},
    [TINYML_COPY_TILES_S8] = {&generic_copy_tiles_s8},
    [TINYML_CONV2D_TILES_S8] = {&generic_conv2d_tiles_s8, SIMD(conv2d_tiles_s8)},
    [TINYML_DEPTHWISE_CONV2D_TILES_S8] = {&generic_depthwise_conv2d_tiles_s8, SIMD(depthwise_conv2d_tiles_s8)},
    [TINYML_ADD_TILES_S8] = {&generic_add_tiles_s8, SIMD(add_tiles_s8)},
    [TINYML_MUL_TILES_S8] = {&generic_mul_tiles_s8},
    [TINYML_LUT_TILES_S8] = {&generic_lut_tiles_s8},
    [TINYML_MAX_POOL2D_TILES_S8] = {&generic_max_pool2d_tiles_s8, SIMD(max_pool2d_tiles_s8)},
    [TINYML_AVG_POOL2D_TILES_S8] = {&generic_avg_pool2d_tiles_s8, SIMD(avg_pool2d_tiles_s8)},
    [TINYML_MEAN_POOL2D_TILES_S8] = {&generic_mean_pool2d_tiles_s8, SIMD(mean_pool2d_tiles_s8)},
    [TINYML_PATCH_STATISTICS_F32] = {&generic_patch_statistics_f32},
    [TINYML_PATCH_MASK_F32] = {&generic_patch_mask_f32},
    [TINYML_PATCH_MASK_GRADIENT_F32] = {&generic_patch_mask_gradient_f32},
    [TINYML_PATCH_MIX_F32] = {&generic_patch_mix_f32},
    [TINYML_PATCH_MIX_GRADIENT_F32] = {&generic_patch_mix_gradient_f32},
    [TINYML_PATCH_CONTRAST_F32] = {&generic_patch_contrast_f32},
    [TINYML_CONV2D_S4] = {&generic_conv2d_s4},
    [TINYML_FULLY_CONNECTED_S4] = {&generic_fully_connected_s4},
};
