/* Written by `npm run generate` from src/program/kernels/. */
#include "../kernels.h"

#include <stddef.h>

#include "../rules.h"

static void needs_conv2d_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, (p->in_channels - 1) / p->groups + 1); /* weights */
  needs->operands[2] = p->out_channels; /* bias */
  needs->operands[3] = p->out_channels; /* multiplier */
  needs->operands[4] = p->out_channels; /* shift */
  needs->operands[5] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
}

static void needs_depthwise_conv2d_s8(const void *params, tinyml_needs *needs) {
  const tinyml_depthwise_conv2d_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->kernel_h, p->kernel_w, p->in_channels, p->depth_multiplier); /* weights */
  needs->operands[2] = PRODUCT(p->in_channels, p->depth_multiplier); /* bias */
  needs->operands[3] = PRODUCT(p->in_channels, p->depth_multiplier); /* multiplier */
  needs->operands[4] = PRODUCT(p->in_channels, p->depth_multiplier); /* shift */
  needs->operands[5] = PRODUCT(p->batch, p->out_h, p->out_w, p->in_channels, p->depth_multiplier); /* output */
}

static void needs_conv_transpose2d_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv_transpose2d_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, p->in_channels); /* weights */
  needs->operands[2] = p->out_channels; /* bias */
  needs->operands[3] = p->out_channels; /* multiplier */
  needs->operands[4] = p->out_channels; /* shift */
  needs->operands[5] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
}

static void needs_fully_connected_s8(const void *params, tinyml_needs *needs) {
  const tinyml_fully_connected_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->in_features); /* input */
  needs->operands[1] = PRODUCT(p->out_features, p->in_features); /* weights */
  needs->operands[2] = p->out_features; /* bias */
  needs->operands[3] = p->per_channel == 1 ? p->out_features : 1; /* multiplier */
  needs->operands[4] = p->per_channel == 1 ? p->out_features : 1; /* shift */
  needs->operands[5] = PRODUCT(p->rows, p->out_features); /* output */
  needs->scratch = PRODUCT(p->rows == 1 ? 0 : 4, p->in_features);
}

static void needs_conv2d_pairs_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_pairs_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT((p->out_channels - 1) / 2 + 1, p->words + 6); /* table */
  needs->operands[2] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
  needs->scratch = p->room;
}

static void needs_conv2d_groups_pairs_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_groups_pairs_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->groups, (p->group_channels - 1) / 2 + 1, p->words + 6); /* table */
  needs->operands[2] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
  needs->scratch = p->room;
}

static void needs_conv_transpose2d_pairs_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv_transpose2d_pairs_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT((p->phase_channels - 1) / 2 + 1, p->words + p->phases + p->phases + p->phases + p->phases + p->phases + p->phases); /* table */
  needs->operands[2] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
  needs->scratch = p->room;
}

static void needs_fully_connected_pairs_s8(const void *params, tinyml_needs *needs) {
  const tinyml_fully_connected_pairs_s8_params *p = params;
  needs->operands[0] = p->in_features; /* input */
  needs->operands[1] = PRODUCT((p->out_features - 1) / 8 + 1, 4, 2 + p->words); /* table */
  needs->operands[2] = PRODUCT(2, p->per_channel == 1 ? p->out_features : 1); /* scales */
  needs->operands[3] = p->out_features; /* output */
  needs->scratch = p->room;
}

static void needs_conv2d_vectors_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_vectors_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT((p->out_channels - 1) / 2 + 1, 4, p->words); /* weights */
  needs->operands[2] = PRODUCT((p->out_channels - 1) / 8 + 1, 24); /* scales */
  needs->operands[3] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
  needs->scratch = p->room;
}

static void needs_conv2d_groups_vectors_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_groups_vectors_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->groups, (p->group_channels - 1) / 2 + 1, 4, p->words); /* weights */
  needs->operands[2] = PRODUCT(p->groups, (p->group_channels - 1) / 8 + 1, 24); /* scales */
  needs->operands[3] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
  needs->scratch = p->room;
}

static void needs_conv_transpose2d_vectors_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv_transpose2d_vectors_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT((p->phase_channels - 1) / 2 + 1, 4, p->words); /* weights */
  needs->operands[2] = PRODUCT((p->phase_channels - 1) / 8 + 1, 24, p->phases); /* scales */
  needs->operands[3] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
  needs->scratch = p->room;
}

static void needs_conv2d_words_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_words_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT((p->out_channels - 1) / 2 + 1, p->words + 6); /* table */
  needs->operands[2] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
  needs->scratch = p->room;
}

static void needs_fully_connected_vectors_s8(const void *params, tinyml_needs *needs) {
  const tinyml_fully_connected_vectors_s8_params *p = params;
  needs->operands[0] = p->in_features; /* input */
  needs->operands[1] = PRODUCT((p->out_features - 1) / 8 + 1, 128, (p->in_features - 1) / 16 + 1); /* weights */
  needs->operands[2] = PRODUCT((p->out_features - 1) / 8 + 1, 8); /* bias */
  needs->operands[3] = PRODUCT(p->scaled, 16); /* scales */
  needs->operands[4] = p->out_features; /* output */
}

static void needs_fully_connected_words_s8(const void *params, tinyml_needs *needs) {
  const tinyml_fully_connected_words_s8_params *p = params;
  needs->operands[0] = p->in_features; /* input */
  needs->operands[1] = PRODUCT((p->out_features - 1) / 8 + 1, p->in_features, 8); /* weights */
  needs->operands[2] = PRODUCT((p->out_features - 1) / 8 + 1, 8); /* bias */
  needs->operands[3] = PRODUCT(2, p->per_channel == 1 ? p->out_features : 1); /* scales */
  needs->operands[4] = p->out_features; /* output */
}

static void needs_weighted_sum_s8(const void *params, tinyml_needs *needs) {
  const tinyml_weighted_sum_s8_params *p = params;
  needs->operands[0] = p->size; /* input1 */
  needs->operands[1] = p->size; /* input2 */
  needs->operands[2] = p->size; /* output */
}

static void needs_depthwise_conv2d_planes_s8(const void *params, tinyml_needs *needs) {
  const tinyml_depthwise_conv2d_planes_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->kernel_h, p->kernel_w, p->in_channels); /* weights */
  needs->operands[2] = p->in_channels; /* bias */
  needs->operands[3] = PRODUCT(2, p->in_channels); /* scales */
  needs->operands[4] = PRODUCT(p->batch, p->out_h, p->out_w, p->in_channels); /* output */
  needs->scratch = p->room;
}

static void needs_depthwise_conv2d_large_planes_s8(const void *params, tinyml_needs *needs) {
  const tinyml_depthwise_conv2d_large_planes_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->kernel_h, p->kernel_w, p->in_channels); /* weights */
  needs->operands[2] = p->in_channels; /* bias */
  needs->operands[3] = PRODUCT(2, p->in_channels); /* scales */
  needs->operands[4] = PRODUCT(p->batch, p->out_h, p->out_w, p->in_channels); /* output */
  needs->scratch = p->room;
}

static void needs_depthwise_conv2d_columns_s8(const void *params, tinyml_needs *needs) {
  const tinyml_depthwise_conv2d_columns_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->in_channels, p->kernel_w, p->kernel_h); /* weights */
  needs->operands[2] = p->in_channels; /* bias */
  needs->operands[3] = p->in_channels; /* multiplier */
  needs->operands[4] = p->in_channels; /* shift */
  needs->operands[5] = PRODUCT(p->batch, p->out_h, p->out_w, p->in_channels); /* output */
  needs->scratch = p->room;
}

static void needs_depthwise_conv2d_rows_s8(const void *params, tinyml_needs *needs) {
  const tinyml_depthwise_conv2d_rows_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->in_channels, p->kernel_h, p->kernel_w); /* weights */
  needs->operands[2] = p->in_channels; /* bias */
  needs->operands[3] = p->in_channels; /* multiplier */
  needs->operands[4] = p->in_channels; /* shift */
  needs->operands[5] = PRODUCT(p->batch, p->out_h, p->out_w, p->in_channels); /* output */
  needs->scratch = p->room;
}

static void needs_add_s8(const void *params, tinyml_needs *needs) {
  const tinyml_add_s8_params *p = params;
  needs->operands[0] = p->size; /* input1 */
  needs->operands[1] = p->size; /* input2 */
  needs->operands[2] = p->size; /* output */
}

static void needs_mul_s8(const void *params, tinyml_needs *needs) {
  const tinyml_mul_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->outer, p->channels); /* input1 */
  needs->operands[1] = PRODUCT((p->outer - 1) / p->repeat + 1, p->channels); /* input2 */
  needs->operands[2] = PRODUCT(p->outer, p->channels); /* output */
}

static void needs_avg_pool2d_s8(const void *params, tinyml_needs *needs) {
  const tinyml_avg_pool2d_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* output */
}

static void needs_pool_sums_s8(const void *params, tinyml_needs *needs) {
  const tinyml_pool_sums_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->positions, p->channels); /* input */
  needs->operands[1] = p->is_first == 1 ? 0 : p->channels; /* before */
  needs->operands[2] = p->channels; /* sums */
}

static void needs_average_sums_s8(const void *params, tinyml_needs *needs) {
  const tinyml_average_sums_s8_params *p = params;
  needs->operands[0] = p->channels; /* sums */
  needs->operands[1] = p->channels; /* output */
}

static void needs_requantize_sums_s8(const void *params, tinyml_needs *needs) {
  const tinyml_requantize_sums_s8_params *p = params;
  needs->operands[0] = p->channels; /* sums */
  needs->operands[1] = p->channels; /* output */
}

static void needs_max_pool2d_s8(const void *params, tinyml_needs *needs) {
  const tinyml_max_pool2d_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* output */
}

static void needs_mean_pool2d_s8(const void *params, tinyml_needs *needs) {
  const tinyml_mean_pool2d_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* output */
}

static void needs_softmax_s8(const void *params, tinyml_needs *needs) {
  const tinyml_softmax_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->row_size); /* input */
  needs->operands[1] = PRODUCT(p->rows, p->row_size); /* output */
}

static void needs_masked_softmax_s8(const void *params, tinyml_needs *needs) {
  const tinyml_masked_softmax_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->outer0, p->outer1, p->outer2, p->row_size); /* input */
  needs->operands[1] = TINYML_ALL; /* mask */
  needs->operands[2] = PRODUCT(p->outer0, p->outer1, p->outer2, p->row_size); /* output */
}

static void needs_log_softmax_s8(const void *params, tinyml_needs *needs) {
  const tinyml_log_softmax_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->outer, p->size, p->inner); /* input */
  needs->operands[1] = 256; /* differences */
  needs->operands[2] = 256; /* exponentials */
  needs->operands[3] = 257; /* logs */
  needs->operands[4] = PRODUCT(p->outer, p->size, p->inner); /* output */
}

static void needs_batch_matmul_s8(const void *params, tinyml_needs *needs) {
  const tinyml_batch_matmul_s8_params *p = params;
  needs->operands[0] = TINYML_ALL; /* left */
  needs->operands[1] = TINYML_ALL; /* right */
  needs->operands[2] = TINYML_ALL; /* output */
  needs->scratch = p->room;
}

static void needs_attention_s8(const void *params, tinyml_needs *needs) {
  const tinyml_attention_s8_params *p = params;
  needs->operands[0] = TINYML_ALL; /* query */
  needs->operands[1] = TINYML_ALL; /* key */
  needs->operands[2] = TINYML_ALL; /* value */
  needs->operands[3] = TINYML_ALL; /* mask */
  needs->operands[4] = 256; /* exponentials */
  needs->operands[5] = p->tabled == 1 ? 256 : 1; /* table */
  needs->operands[6] = TINYML_ALL; /* output */
  needs->scratch = p->room;
}

static void needs_linear_attention_s8(const void *params, tinyml_needs *needs) {
  const tinyml_linear_attention_s8_params *p = params;
  needs->operands[0] = TINYML_ALL; /* query */
  needs->operands[1] = TINYML_ALL; /* key */
  needs->operands[2] = TINYML_ALL; /* value */
  needs->operands[3] = TINYML_ALL; /* output */
  needs->scratch = PRODUCT(4, p->values * 1 + 2, p->keys);
}

static void needs_normalize_s8(const void *params, tinyml_needs *needs) {
  const tinyml_normalize_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->positions, p->groups, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->groups, p->channels); /* gamma */
  needs->operands[2] = PRODUCT(p->groups, p->channels); /* beta */
  needs->operands[3] = PRODUCT(p->batch, p->positions, p->groups, p->channels); /* output */
}

static void needs_lstm_s8(const void *params, tinyml_needs *needs) {
  const tinyml_lstm_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->steps, p->batch, p->input_size); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->hidden); /* initial_h */
  needs->operands[2] = PRODUCT(p->batch, p->hidden); /* initial_c */
  needs->operands[3] = PRODUCT(4, p->hidden, p->input_size); /* weights */
  needs->operands[4] = PRODUCT(4, p->hidden); /* bias */
  needs->operands[5] = PRODUCT(4, p->hidden); /* multiplier */
  needs->operands[6] = PRODUCT(4, p->hidden); /* shift */
  needs->operands[7] = PRODUCT(4, p->hidden, p->hidden); /* recurrent_weights */
  needs->operands[8] = PRODUCT(4, p->hidden); /* recurrent_bias */
  needs->operands[9] = PRODUCT(4, p->hidden); /* recurrent_multiplier */
  needs->operands[10] = PRODUCT(4, p->hidden); /* recurrent_shift */
  needs->operands[11] = 513; /* table */
  needs->operands[12] = PRODUCT(p->steps, p->directions, p->batch, p->hidden); /* output */
  needs->operands[13] = PRODUCT(p->batch, p->hidden); /* last_c */
}

static void needs_gru_s8(const void *params, tinyml_needs *needs) {
  const tinyml_gru_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->steps, p->batch, p->input_size); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->hidden); /* initial_h */
  needs->operands[2] = PRODUCT(3, p->hidden, p->input_size); /* weights */
  needs->operands[3] = PRODUCT(3, p->hidden); /* bias */
  needs->operands[4] = PRODUCT(3, p->hidden); /* multiplier */
  needs->operands[5] = PRODUCT(3, p->hidden); /* shift */
  needs->operands[6] = PRODUCT(3, p->hidden, p->hidden); /* recurrent_weights */
  needs->operands[7] = PRODUCT(3, p->hidden); /* recurrent_bias */
  needs->operands[8] = PRODUCT(3, p->hidden); /* recurrent_multiplier */
  needs->operands[9] = PRODUCT(3, p->hidden); /* recurrent_shift */
  needs->operands[10] = 513; /* table */
  needs->operands[11] = PRODUCT(p->steps, p->directions, p->batch, p->hidden); /* output */
  needs->operands[12] = PRODUCT(p->batch, p->hidden); /* last_h */
  needs->scratch = PRODUCT(2, p->hidden);
}

static void needs_rnn_s8(const void *params, tinyml_needs *needs) {
  const tinyml_rnn_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->steps, p->batch, p->input_size); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->hidden); /* initial_h */
  needs->operands[2] = PRODUCT(1, p->hidden, p->input_size); /* weights */
  needs->operands[3] = PRODUCT(1, p->hidden); /* bias */
  needs->operands[4] = PRODUCT(1, p->hidden); /* multiplier */
  needs->operands[5] = PRODUCT(1, p->hidden); /* shift */
  needs->operands[6] = PRODUCT(1, p->hidden, p->hidden); /* recurrent_weights */
  needs->operands[7] = PRODUCT(1, p->hidden); /* recurrent_bias */
  needs->operands[8] = PRODUCT(1, p->hidden); /* recurrent_multiplier */
  needs->operands[9] = PRODUCT(1, p->hidden); /* recurrent_shift */
  needs->operands[10] = 513; /* table */
  needs->operands[11] = PRODUCT(p->steps, p->directions, p->batch, p->hidden); /* output */
}

static void needs_lstm_s16(const void *params, tinyml_needs *needs) {
  const tinyml_lstm_s16_params *p = params;
  needs->operands[0] = PRODUCT(p->steps, p->batch, p->input_size); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->hidden); /* initial_h */
  needs->operands[2] = PRODUCT(p->batch, p->hidden); /* initial_c */
  needs->operands[3] = PRODUCT(4, p->hidden, p->input_size); /* weights */
  needs->operands[4] = PRODUCT(4, p->hidden); /* bias */
  needs->operands[5] = PRODUCT(4, p->hidden); /* multiplier */
  needs->operands[6] = PRODUCT(4, p->hidden); /* shift */
  needs->operands[7] = PRODUCT(4, p->hidden, p->hidden); /* recurrent_weights */
  needs->operands[8] = PRODUCT(4, p->hidden); /* recurrent_bias */
  needs->operands[9] = PRODUCT(4, p->hidden); /* recurrent_multiplier */
  needs->operands[10] = PRODUCT(4, p->hidden); /* recurrent_shift */
  needs->operands[11] = 513; /* table */
  needs->operands[12] = PRODUCT(p->steps, p->directions, p->batch, p->hidden); /* output */
  needs->operands[13] = PRODUCT(p->batch, p->hidden); /* last_c */
  needs->scratch = PRODUCT(4, p->batch, p->hidden);
}

static void needs_gru_s16(const void *params, tinyml_needs *needs) {
  const tinyml_gru_s16_params *p = params;
  needs->operands[0] = PRODUCT(p->steps, p->batch, p->input_size); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->hidden); /* initial_h */
  needs->operands[2] = PRODUCT(3, p->hidden, p->input_size); /* weights */
  needs->operands[3] = PRODUCT(3, p->hidden); /* bias */
  needs->operands[4] = PRODUCT(3, p->hidden); /* multiplier */
  needs->operands[5] = PRODUCT(3, p->hidden); /* shift */
  needs->operands[6] = PRODUCT(3, p->hidden, p->hidden); /* recurrent_weights */
  needs->operands[7] = PRODUCT(3, p->hidden); /* recurrent_bias */
  needs->operands[8] = PRODUCT(3, p->hidden); /* recurrent_multiplier */
  needs->operands[9] = PRODUCT(3, p->hidden); /* recurrent_shift */
  needs->operands[10] = 513; /* table */
  needs->operands[11] = PRODUCT(p->steps, p->directions, p->batch, p->hidden); /* output */
  needs->operands[12] = PRODUCT(p->batch, p->hidden); /* last_h */
  needs->scratch = PRODUCT(4, p->hidden);
}

static void needs_lrn_s8(const void *params, tinyml_needs *needs) {
  const tinyml_lrn_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->positions, p->channels); /* input */
  needs->operands[1] = 257; /* mantissas */
  needs->operands[2] = 64; /* multiplier */
  needs->operands[3] = 64; /* shift */
  needs->operands[4] = PRODUCT(p->positions, p->channels); /* output */
}

static void needs_lut_s8(const void *params, tinyml_needs *needs) {
  const tinyml_lut_s8_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = 256; /* table */
  needs->operands[2] = p->size; /* output */
}

static void needs_copy_s8(const void *params, tinyml_needs *needs) {
  (void)params;
  needs->operands[0] = TINYML_ALL; /* input */
  needs->operands[1] = TINYML_ALL; /* output */
}

static void needs_fill_s8(const void *params, tinyml_needs *needs) {
  const tinyml_fill_s8_params *p = params;
  needs->operands[0] = p->size; /* output */
}

static void needs_move_s8(const void *params, tinyml_needs *needs) {
  const tinyml_move_s8_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = p->size; /* output */
}

static void needs_shift_s8(const void *params, tinyml_needs *needs) {
  const tinyml_shift_s8_params *p = params;
  needs->operands[0] = p->from + p->size; /* buffer */
}

static void needs_shift_s16(const void *params, tinyml_needs *needs) {
  const tinyml_shift_s16_params *p = params;
  needs->operands[0] = p->from + p->size; /* buffer */
}

static void needs_gather_s8(const void *params, tinyml_needs *needs) {
  const tinyml_gather_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->outer, p->size, p->inner); /* input */
  needs->operands[1] = p->count; /* indices */
  needs->operands[2] = PRODUCT(p->outer, p->count, p->inner); /* output */
}

static void needs_resize2d_s8(const void *params, tinyml_needs *needs) {
  const tinyml_resize2d_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->out_h, p->taps); /* rows */
  needs->operands[2] = PRODUCT(p->out_h, p->taps); /* row_weights */
  needs->operands[3] = PRODUCT(p->out_w, p->taps); /* columns */
  needs->operands[4] = PRODUCT(p->out_w, p->taps); /* column_weights */
  needs->operands[5] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* output */
}

static void needs_binary_s8(const void *params, tinyml_needs *needs) {
  const tinyml_binary_s8_params *p = params;
  needs->operands[0] = TINYML_ALL; /* input1 */
  needs->operands[1] = TINYML_ALL; /* input2 */
  needs->operands[2] = 256; /* table1 */
  needs->operands[3] = 256; /* table2 */
  needs->operands[4] = PRODUCT(p->size0, p->size1, p->size2, p->size3); /* output */
}

static void needs_select_s8(const void *params, tinyml_needs *needs) {
  const tinyml_select_s8_params *p = params;
  needs->operands[0] = TINYML_ALL; /* condition */
  needs->operands[1] = TINYML_ALL; /* input1 */
  needs->operands[2] = TINYML_ALL; /* input2 */
  needs->operands[3] = PRODUCT(p->size0, p->size1, p->size2, p->size3); /* output */
}

static void needs_reduce_sum_s8(const void *params, tinyml_needs *needs) {
  const tinyml_reduce_sum_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->outer, p->size, p->inner); /* input */
  needs->operands[1] = 256; /* table */
  needs->operands[2] = PRODUCT(p->outer, p->inner); /* output */
}

static void needs_cumsum_s8(const void *params, tinyml_needs *needs) {
  const tinyml_cumsum_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->outer, p->size, p->inner); /* input */
  needs->operands[1] = PRODUCT(p->outer, p->size, p->inner); /* output */
}

static void needs_top_k_s8(const void *params, tinyml_needs *needs) {
  const tinyml_top_k_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->outer, p->size, p->inner); /* input */
  needs->operands[1] = PRODUCT(p->outer, p->k, p->inner); /* values */
  needs->operands[2] = PRODUCT(p->outer, p->k, p->inner); /* places */
}

static void needs_one_hot_s8(const void *params, tinyml_needs *needs) {
  const tinyml_one_hot_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->outer, p->inner); /* places */
  needs->operands[1] = PRODUCT(p->outer, p->depth, p->inner); /* output */
}

static void needs_encode_stripes_s8(const void *params, tinyml_needs *needs) {
  const tinyml_encode_stripes_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->height, p->width, p->channels); /* image */
  needs->operands[1] = PRODUCT(p->groups, 8); /* layout */
  needs->operands[2] = PRODUCT(p->groups, 4, 256); /* levels */
  needs->operands[3] = PRODUCT(p->groups, 256); /* cells */
  needs->operands[4] = PRODUCT(p->symbols, 4, 2); /* entries */
  needs->operands[5] = p->capacity; /* bytes */
  needs->operands[6] = 2; /* count */
  needs->scratch = PRODUCT(2, p->height * 1 + 1, p->width);
}

static void needs_decode_stripes_s8(const void *params, tinyml_needs *needs) {
  const tinyml_decode_stripes_s8_params *p = params;
  needs->operands[0] = p->capacity; /* bytes */
  needs->operands[1] = 2; /* count */
  needs->operands[2] = PRODUCT(p->groups, 8); /* layout */
  needs->operands[3] = PRODUCT(p->groups, 256); /* classes */
  needs->operands[4] = PRODUCT(p->symbols, 4, 2); /* entries */
  needs->operands[5] = PRODUCT(p->groups, 256, 4); /* centroids */
  needs->operands[6] = p->channels; /* fill */
  needs->operands[7] = PRODUCT(p->height, p->width, p->channels); /* image */
  needs->scratch = PRODUCT(p->height, p->width);
}

static void needs_quantize_s8(const void *params, tinyml_needs *needs) {
  const tinyml_quantize_s8_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = 1; /* scale */
  needs->operands[2] = p->size; /* output */
}

static void needs_dequantize_s8(const void *params, tinyml_needs *needs) {
  const tinyml_dequantize_s8_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = 1; /* scale */
  needs->operands[2] = p->size; /* output */
}

static void needs_conv2d_f32(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, (p->in_channels - 1) / p->groups + 1); /* weights */
  needs->operands[2] = p->out_channels; /* bias */
  needs->operands[3] = 2; /* bounds */
  needs->operands[4] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
}

static void needs_depthwise_conv2d_f32(const void *params, tinyml_needs *needs) {
  const tinyml_depthwise_conv2d_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->kernel_h, p->kernel_w, p->in_channels, p->depth_multiplier); /* weights */
  needs->operands[2] = PRODUCT(p->in_channels, p->depth_multiplier); /* bias */
  needs->operands[3] = 2; /* bounds */
  needs->operands[4] = PRODUCT(p->batch, p->out_h, p->out_w, p->in_channels, p->depth_multiplier); /* output */
}

static void needs_conv_transpose2d_f32(const void *params, tinyml_needs *needs) {
  const tinyml_conv_transpose2d_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, p->in_channels); /* weights */
  needs->operands[2] = p->out_channels; /* bias */
  needs->operands[3] = 2; /* bounds */
  needs->operands[4] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
}

static void needs_fully_connected_f32(const void *params, tinyml_needs *needs) {
  const tinyml_fully_connected_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->in_features); /* input */
  needs->operands[1] = PRODUCT(p->out_features, p->in_features); /* weights */
  needs->operands[2] = p->out_features; /* bias */
  needs->operands[3] = 2; /* bounds */
  needs->operands[4] = PRODUCT(p->rows, p->out_features); /* output */
}

static void needs_add_f32(const void *params, tinyml_needs *needs) {
  const tinyml_add_f32_params *p = params;
  needs->operands[0] = p->size; /* input1 */
  needs->operands[1] = p->size; /* input2 */
  needs->operands[2] = 2; /* bounds */
  needs->operands[3] = p->size; /* output */
}

static void needs_mul_f32(const void *params, tinyml_needs *needs) {
  const tinyml_mul_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->outer, p->channels); /* input1 */
  needs->operands[1] = PRODUCT((p->outer - 1) / p->repeat + 1, p->channels); /* input2 */
  needs->operands[2] = 2; /* bounds */
  needs->operands[3] = PRODUCT(p->outer, p->channels); /* output */
}

static void needs_avg_pool2d_f32(const void *params, tinyml_needs *needs) {
  const tinyml_avg_pool2d_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* output */
}

static void needs_max_pool2d_f32(const void *params, tinyml_needs *needs) {
  const tinyml_max_pool2d_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* output */
}

static void needs_clamp_f32(const void *params, tinyml_needs *needs) {
  const tinyml_clamp_f32_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = 2; /* bounds */
  needs->operands[2] = p->size; /* output */
}

static void needs_copy_f32(const void *params, tinyml_needs *needs) {
  (void)params;
  needs->operands[0] = TINYML_ALL; /* input */
  needs->operands[1] = TINYML_ALL; /* output */
}

static void needs_recurrent_f32(const void *params, tinyml_needs *needs) {
  const tinyml_recurrent_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->steps, p->batch, p->input_size); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->hidden); /* initial_h */
  needs->operands[2] = PRODUCT(p->batch, p->hidden); /* initial_c */
  needs->operands[3] = PRODUCT(p->gates, p->hidden, p->input_size); /* weights */
  needs->operands[4] = PRODUCT(p->gates, p->hidden, p->hidden); /* recurrent_weights */
  needs->operands[5] = PRODUCT(2, p->gates, p->hidden); /* bias */
  needs->operands[6] = PRODUCT(3, p->hidden); /* peepholes */
  needs->operands[7] = PRODUCT(p->steps, p->directions, p->batch, p->hidden); /* output */
  needs->operands[8] = PRODUCT(p->batch, p->hidden); /* state */
  needs->scratch = PRODUCT(p->gates * 1 + 1, p->hidden, 4);
}

static void needs_batch_matmul_f32(const void *params, tinyml_needs *needs) {
  (void)params;
  needs->operands[0] = TINYML_ALL; /* left */
  needs->operands[1] = TINYML_ALL; /* right */
  needs->operands[2] = TINYML_ALL; /* output */
}

static void needs_lrn_f32(const void *params, tinyml_needs *needs) {
  const tinyml_lrn_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->outer, p->channels); /* input */
  needs->operands[1] = 3; /* parameters */
  needs->operands[2] = PRODUCT(p->outer, p->channels); /* output */
}

static void needs_normalize_f32(const void *params, tinyml_needs *needs) {
  const tinyml_normalize_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->positions, p->groups, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->groups, p->channels); /* gamma */
  needs->operands[2] = PRODUCT(p->groups, p->channels); /* beta */
  needs->operands[3] = 1; /* epsilon */
  needs->operands[4] = PRODUCT(p->batch, p->positions, p->groups, p->channels); /* output */
}

static void needs_softmax_f32(const void *params, tinyml_needs *needs) {
  const tinyml_softmax_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->outer, p->size, p->inner); /* input */
  needs->operands[1] = PRODUCT(p->outer, p->size, p->inner); /* output */
}

static void needs_reduce_f32(const void *params, tinyml_needs *needs) {
  const tinyml_reduce_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->outer, p->size, p->inner); /* input */
  needs->operands[1] = PRODUCT(p->outer, p->inner); /* output */
}

static void needs_trigonometry_f32(const void *params, tinyml_needs *needs) {
  const tinyml_trigonometry_f32_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = p->size; /* output */
}

static void needs_power_f32(const void *params, tinyml_needs *needs) {
  const tinyml_power_f32_params *p = params;
  needs->operands[0] = TINYML_ALL; /* input1 */
  needs->operands[1] = TINYML_ALL; /* input2 */
  needs->operands[2] = PRODUCT(p->size0, p->size1, p->size2, p->size3); /* output */
}

static void needs_binary_f32(const void *params, tinyml_needs *needs) {
  const tinyml_binary_f32_params *p = params;
  needs->operands[0] = TINYML_ALL; /* input1 */
  needs->operands[1] = TINYML_ALL; /* input2 */
  needs->operands[2] = 2; /* bounds */
  needs->operands[3] = PRODUCT(p->size0, p->size1, p->size2, p->size3); /* output */
}

static void needs_compare_f32(const void *params, tinyml_needs *needs) {
  const tinyml_compare_f32_params *p = params;
  needs->operands[0] = TINYML_ALL; /* input1 */
  needs->operands[1] = TINYML_ALL; /* input2 */
  needs->operands[2] = PRODUCT(p->size0, p->size1, p->size2, p->size3); /* output */
}

static void needs_select_f32(const void *params, tinyml_needs *needs) {
  const tinyml_select_f32_params *p = params;
  needs->operands[0] = TINYML_ALL; /* condition */
  needs->operands[1] = TINYML_ALL; /* input1 */
  needs->operands[2] = TINYML_ALL; /* input2 */
  needs->operands[3] = PRODUCT(p->size0, p->size1, p->size2, p->size3); /* output */
}

static void needs_gather_f32(const void *params, tinyml_needs *needs) {
  const tinyml_gather_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->outer, p->size, p->inner); /* input */
  needs->operands[1] = p->count; /* indices */
  needs->operands[2] = PRODUCT(p->outer, p->count, p->inner); /* output */
}

static void needs_top_k_f32(const void *params, tinyml_needs *needs) {
  const tinyml_top_k_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->outer, p->size, p->inner); /* input */
  needs->operands[1] = PRODUCT(p->outer, p->k, p->inner); /* values */
  needs->operands[2] = PRODUCT(p->outer, p->k, p->inner); /* places */
}

static void needs_one_hot_f32(const void *params, tinyml_needs *needs) {
  const tinyml_one_hot_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->outer, p->inner); /* places */
  needs->operands[1] = 2; /* choices */
  needs->operands[2] = PRODUCT(p->outer, p->depth, p->inner); /* output */
}

static void needs_resize2d_f32(const void *params, tinyml_needs *needs) {
  const tinyml_resize2d_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->out_h, p->taps); /* rows */
  needs->operands[2] = PRODUCT(p->out_h, p->taps); /* row_weights */
  needs->operands[3] = PRODUCT(p->out_w, p->taps); /* columns */
  needs->operands[4] = PRODUCT(p->out_w, p->taps); /* column_weights */
  needs->operands[5] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* output */
}

static void needs_unary_f32(const void *params, tinyml_needs *needs) {
  const tinyml_unary_f32_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = 2; /* parameters */
  needs->operands[2] = p->size; /* output */
}

static void needs_add_s16(const void *params, tinyml_needs *needs) {
  const tinyml_add_s16_params *p = params;
  needs->operands[0] = p->size; /* input1 */
  needs->operands[1] = p->size; /* input2 */
  needs->operands[2] = p->size; /* output */
}

static void needs_conv2d_s16(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_s16_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, (p->in_channels - 1) / p->groups + 1); /* weights */
  needs->operands[2] = p->out_channels; /* bias */
  needs->operands[3] = p->out_channels; /* multiplier */
  needs->operands[4] = p->out_channels; /* shift */
  needs->operands[5] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
}

static void needs_conv_transpose2d_s16(const void *params, tinyml_needs *needs) {
  const tinyml_conv_transpose2d_s16_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, p->in_channels); /* weights */
  needs->operands[2] = p->out_channels; /* bias */
  needs->operands[3] = p->out_channels; /* multiplier */
  needs->operands[4] = p->out_channels; /* shift */
  needs->operands[5] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
}

static void needs_copy_s16(const void *params, tinyml_needs *needs) {
  (void)params;
  needs->operands[0] = TINYML_ALL; /* input */
  needs->operands[1] = TINYML_ALL; /* output */
}

static void needs_depthwise_conv2d_s16(const void *params, tinyml_needs *needs) {
  const tinyml_depthwise_conv2d_s16_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->kernel_h, p->kernel_w, p->in_channels, p->depth_multiplier); /* weights */
  needs->operands[2] = PRODUCT(p->in_channels, p->depth_multiplier); /* bias */
  needs->operands[3] = PRODUCT(p->in_channels, p->depth_multiplier); /* multiplier */
  needs->operands[4] = PRODUCT(p->in_channels, p->depth_multiplier); /* shift */
  needs->operands[5] = PRODUCT(p->batch, p->out_h, p->out_w, p->in_channels, p->depth_multiplier); /* output */
}

static void needs_dequantize_s16(const void *params, tinyml_needs *needs) {
  const tinyml_dequantize_s16_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = 1; /* scale */
  needs->operands[2] = p->size; /* output */
}

static void needs_fully_connected_s16(const void *params, tinyml_needs *needs) {
  const tinyml_fully_connected_s16_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->in_features); /* input */
  needs->operands[1] = PRODUCT(p->out_features, p->in_features); /* weights */
  needs->operands[2] = p->out_features; /* bias */
  needs->operands[3] = p->out_features; /* multiplier */
  needs->operands[4] = p->out_features; /* shift */
  needs->operands[5] = PRODUCT(p->rows, p->out_features); /* output */
}

static void needs_lut_s16(const void *params, tinyml_needs *needs) {
  const tinyml_lut_s16_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = 513; /* table */
  needs->operands[2] = p->size; /* output */
}

static void needs_max_pool2d_s16(const void *params, tinyml_needs *needs) {
  const tinyml_max_pool2d_s16_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* output */
}

static void needs_mul_s16(const void *params, tinyml_needs *needs) {
  const tinyml_mul_s16_params *p = params;
  needs->operands[0] = PRODUCT(p->outer, p->channels); /* input1 */
  needs->operands[1] = PRODUCT((p->outer - 1) / p->repeat + 1, p->channels); /* input2 */
  needs->operands[2] = PRODUCT(p->outer, p->channels); /* output */
}

static void needs_quantize_s16(const void *params, tinyml_needs *needs) {
  const tinyml_quantize_s16_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = 1; /* scale */
  needs->operands[2] = p->size; /* output */
}

static void needs_requantize_s16(const void *params, tinyml_needs *needs) {
  const tinyml_requantize_s16_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = p->size; /* output */
}

static void needs_requantize_s16_s8(const void *params, tinyml_needs *needs) {
  const tinyml_requantize_s16_s8_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = p->size; /* output */
}

static void needs_requantize_s8_s16(const void *params, tinyml_needs *needs) {
  const tinyml_requantize_s8_s16_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = p->size; /* output */
}

static void needs_resize2d_s16(const void *params, tinyml_needs *needs) {
  const tinyml_resize2d_s16_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->out_h, p->taps); /* rows */
  needs->operands[2] = PRODUCT(p->out_h, p->taps); /* row_weights */
  needs->operands[3] = PRODUCT(p->out_w, p->taps); /* columns */
  needs->operands[4] = PRODUCT(p->out_w, p->taps); /* column_weights */
  needs->operands[5] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* output */
}

static void needs_softmax_s16(const void *params, tinyml_needs *needs) {
  const tinyml_softmax_s16_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->row_size); /* input */
  needs->operands[1] = 257; /* table */
  needs->operands[2] = PRODUCT(p->rows, p->row_size); /* output */
}

static void needs_masked_softmax_s16(const void *params, tinyml_needs *needs) {
  const tinyml_masked_softmax_s16_params *p = params;
  needs->operands[0] = PRODUCT(p->outer0, p->outer1, p->outer2, p->row_size); /* input */
  needs->operands[1] = TINYML_ALL; /* mask */
  needs->operands[2] = 257; /* table */
  needs->operands[3] = PRODUCT(p->outer0, p->outer1, p->outer2, p->row_size); /* output */
}

static void needs_batch_matmul_s16(const void *params, tinyml_needs *needs) {
  const tinyml_batch_matmul_s16_params *p = params;
  needs->operands[0] = TINYML_ALL; /* left */
  needs->operands[1] = TINYML_ALL; /* right */
  needs->operands[2] = TINYML_ALL; /* output */
  needs->scratch = PRODUCT(2, p->depth);
}

static void needs_normalize_s16(const void *params, tinyml_needs *needs) {
  const tinyml_normalize_s16_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->positions, p->groups, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->groups, p->channels); /* gamma */
  needs->operands[2] = PRODUCT(p->groups, p->channels); /* beta */
  needs->operands[3] = PRODUCT(p->batch, p->positions, p->groups, p->channels); /* output */
}

static void needs_sqrt_s16(const void *params, tinyml_needs *needs) {
  const tinyml_sqrt_s16_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = p->size; /* output */
}

static void needs_conv2d_sums_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_sums_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = 4; /* quantizer */
  needs->operands[2] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, (p->in_channels - 1) / p->groups + 1); /* weights */
  needs->operands[3] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
}

static void needs_conv2d_input_gradient_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_input_gradient_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* gradient */
  needs->operands[1] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, (p->in_channels - 1) / p->groups + 1); /* weights */
  needs->operands[2] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input_gradient */
}

static void needs_conv2d_weight_gradient_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_weight_gradient_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = 4; /* quantizer */
  needs->operands[2] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* gradient */
  needs->operands[3] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, (p->in_channels - 1) / p->groups + 1); /* weight_gradient */
  needs->operands[4] = p->out_channels; /* bias_gradient */
}

static void needs_conv2d_sums_f32(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_sums_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, (p->in_channels - 1) / p->groups + 1); /* weights */
  needs->operands[2] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
}

static void needs_conv2d_input_gradient_f32(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_input_gradient_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* gradient */
  needs->operands[1] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, (p->in_channels - 1) / p->groups + 1); /* weights */
  needs->operands[2] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input_gradient */
}

static void needs_conv2d_weight_gradient_f32(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_weight_gradient_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* gradient */
  needs->operands[2] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, (p->in_channels - 1) / p->groups + 1); /* weight_gradient */
  needs->operands[3] = p->out_channels; /* bias_gradient */
}

static void needs_rescale_s32(const void *params, tinyml_needs *needs) {
  const tinyml_rescale_s32_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = 4; /* quantizer */
  needs->operands[2] = p->per_channel == 1 ? p->channels : 1; /* scale */
  needs->operands[3] = p->bias_size; /* bias */
  needs->operands[4] = p->size; /* output */
  needs->operands[5] = 2; /* extent */
}

static void needs_add_bias_f32(const void *params, tinyml_needs *needs) {
  const tinyml_add_bias_f32_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = p->bias_size; /* bias */
  needs->operands[2] = p->size; /* output */
}

static void needs_extent_f32(const void *params, tinyml_needs *needs) {
  const tinyml_extent_f32_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = 2; /* extent */
}

static void needs_track_range_f32(const void *params, tinyml_needs *needs) {
  (void)params;
  needs->operands[0] = 2; /* extent */
  needs->operands[1] = 2; /* bounds */
  needs->operands[2] = 1; /* decay */
  needs->operands[3] = 4; /* range */
  needs->operands[4] = 4; /* quantizer */
}

static void needs_encode_s8(const void *params, tinyml_needs *needs) {
  const tinyml_encode_s8_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = 4; /* quantizer */
  needs->operands[2] = 1; /* key */
  needs->operands[3] = 2; /* bounds */
  needs->operands[4] = p->size; /* output */
}

static void needs_decode_s8(const void *params, tinyml_needs *needs) {
  const tinyml_decode_s8_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = 4; /* quantizer */
  needs->operands[2] = p->size; /* output */
}

static void needs_encode_weights_s8(const void *params, tinyml_needs *needs) {
  const tinyml_encode_weights_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->columns); /* input */
  needs->operands[1] = PRODUCT(p->rows, p->columns); /* output */
  needs->operands[2] = p->rows; /* scale */
}

static void needs_decode_weights_s8(const void *params, tinyml_needs *needs) {
  const tinyml_decode_weights_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->columns); /* input */
  needs->operands[1] = p->rows; /* scale */
  needs->operands[2] = PRODUCT(p->rows, p->columns); /* output */
}

static void needs_recode_weights_s8(const void *params, tinyml_needs *needs) {
  const tinyml_recode_weights_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->columns); /* input */
  needs->operands[1] = p->rows; /* scale */
  needs->operands[2] = PRODUCT(p->rows, p->columns); /* output */
  needs->operands[3] = 1; /* output_scale */
}

static void needs_add_codes_f32(const void *params, tinyml_needs *needs) {
  const tinyml_add_codes_f32_params *p = params;
  needs->operands[0] = p->size; /* a */
  needs->operands[1] = 4; /* quantizer_a */
  needs->operands[2] = p->size; /* b */
  needs->operands[3] = 4; /* quantizer_b */
  needs->operands[4] = p->size; /* output */
  needs->operands[5] = 2; /* extent */
}

static void needs_activation_gradient_s8(const void *params, tinyml_needs *needs) {
  const tinyml_activation_gradient_s8_params *p = params;
  needs->operands[0] = p->size; /* values */
  needs->operands[1] = 4; /* quantizer */
  needs->operands[2] = 2; /* bounds */
  needs->operands[3] = p->size; /* gradient */
  needs->operands[4] = 2; /* extent */
}

static void needs_activation_gradient_f32(const void *params, tinyml_needs *needs) {
  const tinyml_activation_gradient_f32_params *p = params;
  needs->operands[0] = p->size; /* values */
  needs->operands[1] = 2; /* bounds */
  needs->operands[2] = p->size; /* gradient */
  needs->operands[3] = 2; /* extent */
}

static void needs_clip_range_f32(const void *params, tinyml_needs *needs) {
  const tinyml_clip_range_f32_params *p = params;
  needs->operands[0] = p->size; /* gradient */
  needs->operands[1] = 2; /* extent */
  needs->operands[2] = 1; /* value */
  needs->operands[3] = 1; /* ratio */
  needs->operands[4] = 4; /* quantizer */
  needs->scratch = p->mode == 3 ? 8192 : 0;
}

static void needs_max_pool2d_gradient_s8(const void *params, tinyml_needs *needs) {
  const tinyml_max_pool2d_gradient_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* output */
  needs->operands[2] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* gradient */
  needs->operands[3] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input_gradient */
}

static void needs_max_pool2d_gradient_f32(const void *params, tinyml_needs *needs) {
  const tinyml_max_pool2d_gradient_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* output */
  needs->operands[2] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* gradient */
  needs->operands[3] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input_gradient */
}

static void needs_avg_pool2d_gradient_f32(const void *params, tinyml_needs *needs) {
  const tinyml_avg_pool2d_gradient_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* gradient */
  needs->operands[1] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input_gradient */
}

static void needs_batch_norm_f32(const void *params, tinyml_needs *needs) {
  const tinyml_batch_norm_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->channels); /* input */
  needs->operands[1] = p->channels; /* gamma */
  needs->operands[2] = p->channels; /* beta */
  needs->operands[3] = 2; /* settings */
  needs->operands[4] = PRODUCT(p->rows, p->channels); /* output */
  needs->operands[5] = p->channels; /* running_mean */
  needs->operands[6] = p->channels; /* running_variance */
  needs->operands[7] = PRODUCT(2, p->channels); /* statistics */
  needs->operands[8] = 2; /* extent */
  needs->scratch = PRODUCT(16, p->channels);
}

static void needs_batch_norm_gradient_s8(const void *params, tinyml_needs *needs) {
  const tinyml_batch_norm_gradient_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->channels); /* input */
  needs->operands[1] = 4; /* quantizer */
  needs->operands[2] = PRODUCT(2, p->channels); /* statistics */
  needs->operands[3] = p->channels; /* gamma */
  needs->operands[4] = PRODUCT(p->rows, p->channels); /* gradient */
  needs->operands[5] = p->channels; /* gamma_gradient */
  needs->operands[6] = p->channels; /* beta_gradient */
  needs->scratch = PRODUCT(16, p->channels);
}

static void needs_batch_norm_gradient_f32(const void *params, tinyml_needs *needs) {
  const tinyml_batch_norm_gradient_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->channels); /* input */
  needs->operands[1] = PRODUCT(2, p->channels); /* statistics */
  needs->operands[2] = p->channels; /* gamma */
  needs->operands[3] = PRODUCT(p->rows, p->channels); /* gradient */
  needs->operands[4] = p->channels; /* gamma_gradient */
  needs->operands[5] = p->channels; /* beta_gradient */
  needs->scratch = PRODUCT(16, p->channels);
}

static void needs_batch_matmul_sums_s8(const void *params, tinyml_needs *needs) {
  (void)params;
  needs->operands[0] = TINYML_ALL; /* left */
  needs->operands[1] = TINYML_ALL; /* right */
  needs->operands[2] = 4; /* left_quantizer */
  needs->operands[3] = 4; /* right_quantizer */
  needs->operands[4] = TINYML_ALL; /* output */
}

static void needs_normalize_gradient_f32(const void *params, tinyml_needs *needs) {
  const tinyml_normalize_gradient_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->positions, p->groups, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->groups, p->channels); /* gamma */
  needs->operands[2] = 1; /* epsilon */
  needs->operands[3] = PRODUCT(p->batch, p->positions, p->groups, p->channels); /* gradient */
  needs->operands[4] = PRODUCT(p->groups, p->channels); /* gamma_gradient */
  needs->operands[5] = PRODUCT(p->groups, p->channels); /* beta_gradient */
  needs->scratch = PRODUCT(16, p->groups, p->channels);
}

static void needs_unary_gradient_f32(const void *params, tinyml_needs *needs) {
  const tinyml_unary_gradient_f32_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = 2; /* parameters */
  needs->operands[2] = p->size; /* gradient */
}

static void needs_recurrent_cell_f32(const void *params, tinyml_needs *needs) {
  const tinyml_recurrent_cell_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->gates, p->hidden); /* of_input */
  needs->operands[1] = PRODUCT(p->batch, p->gates, p->hidden); /* of_state */
  needs->operands[2] = PRODUCT(p->batch, p->hidden); /* kept */
  needs->operands[3] = PRODUCT(p->batch, p->hidden); /* hidden */
  needs->operands[4] = PRODUCT(p->batch, p->hidden); /* state */
}

static void needs_recurrent_cell_gradient_f32(const void *params, tinyml_needs *needs) {
  const tinyml_recurrent_cell_gradient_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->gates, p->hidden); /* of_input */
  needs->operands[1] = PRODUCT(p->batch, p->gates, p->hidden); /* of_state */
  needs->operands[2] = PRODUCT(p->batch, p->hidden); /* kept */
  needs->operands[3] = PRODUCT(p->batch, p->hidden); /* gradient */
  needs->operands[4] = PRODUCT(p->batch, p->hidden); /* carried */
  needs->operands[5] = PRODUCT(p->batch, p->gates, p->hidden); /* input_gradient */
  needs->operands[6] = PRODUCT(p->batch, p->gates, p->hidden); /* state_gradient */
}

static void needs_softmax_cross_entropy_f32(const void *params, tinyml_needs *needs) {
  const tinyml_softmax_cross_entropy_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->classes); /* input */
  needs->operands[1] = p->rows; /* labels */
  needs->operands[2] = 1; /* smoothing */
  needs->operands[3] = PRODUCT(p->rows, p->classes); /* gradient */
  needs->operands[4] = 2; /* result */
}

static void needs_squared_error_f32(const void *params, tinyml_needs *needs) {
  const tinyml_squared_error_f32_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = p->size; /* target */
  needs->operands[2] = p->size; /* gradient */
  needs->operands[3] = 2; /* result */
}

static void needs_accumulate_f32(const void *params, tinyml_needs *needs) {
  const tinyml_accumulate_f32_params *p = params;
  needs->operands[0] = p->size; /* gradient */
  needs->operands[1] = 4; /* control */
  needs->operands[2] = 1; /* share */
  needs->operands[3] = p->size; /* sum */
}

static void needs_sgd_f32(const void *params, tinyml_needs *needs) {
  const tinyml_sgd_f32_params *p = params;
  needs->operands[0] = p->size; /* gradient */
  needs->operands[1] = 4; /* control */
  needs->operands[2] = 1; /* decay */
  needs->operands[3] = p->size; /* weights */
}

static void needs_momentum_f32(const void *params, tinyml_needs *needs) {
  const tinyml_momentum_f32_params *p = params;
  needs->operands[0] = p->size; /* gradient */
  needs->operands[1] = 4; /* control */
  needs->operands[2] = 2; /* settings */
  needs->operands[3] = p->size; /* weights */
  needs->operands[4] = p->size; /* velocity */
}

static void needs_adam_f32(const void *params, tinyml_needs *needs) {
  const tinyml_adam_f32_params *p = params;
  needs->operands[0] = p->size; /* gradient */
  needs->operands[1] = 4; /* control */
  needs->operands[2] = 4; /* settings */
  needs->operands[3] = p->size; /* weights */
  needs->operands[4] = p->size; /* mean */
  needs->operands[5] = p->size; /* square */
}

static void needs_sgd_s8(const void *params, tinyml_needs *needs) {
  const tinyml_sgd_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->columns); /* gradient */
  needs->operands[1] = p->rows; /* scale */
  needs->operands[2] = 4; /* control */
  needs->operands[3] = 1; /* key */
  needs->operands[4] = PRODUCT(p->rows, p->columns); /* codes */
}

static void needs_conv2d_update_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_update_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = 4; /* quantizer */
  needs->operands[2] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* gradient */
  needs->operands[3] = 4; /* gradient_quantizer */
  needs->operands[4] = p->out_channels; /* scale */
  needs->operands[5] = 4; /* control */
  needs->operands[6] = 1; /* key */
  needs->operands[7] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, (p->in_channels - 1) / p->groups + 1); /* codes */
  needs->operands[8] = p->out_channels; /* bias_gradient */
}

static void needs_conv2d_accumulate_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_accumulate_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = 4; /* quantizer */
  needs->operands[2] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* gradient */
  needs->operands[3] = 4; /* gradient_quantizer */
  needs->operands[4] = 4; /* control */
  needs->operands[5] = 1; /* share */
  needs->operands[6] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, (p->in_channels - 1) / p->groups + 1); /* sum */
  needs->operands[7] = p->out_channels; /* bias_gradient */
}

static void needs_inside_bits_s8(const void *params, tinyml_needs *needs) {
  const tinyml_inside_bits_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->channels); /* values */
  needs->operands[1] = 4; /* quantizer */
  needs->operands[2] = 2; /* bounds */
  needs->operands[3] = PRODUCT(p->rows, (p->channels - 1) / 8 + 1); /* bits */
}

static void needs_masked_gradient_f32(const void *params, tinyml_needs *needs) {
  const tinyml_masked_gradient_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, (p->channels - 1) / 8 + 1); /* bits */
  needs->operands[1] = PRODUCT(p->rows, p->channels); /* gradient */
  needs->operands[2] = 2; /* extent */
}

static void needs_conv2d_encode_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_encode_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = 4; /* quantizer */
  needs->operands[2] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, p->first_channels); /* weights */
  needs->operands[3] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, p->rest_channels); /* rest */
  needs->operands[4] = p->per_channel == 1 ? p->out_channels : 1; /* scale */
  needs->operands[5] = p->bias_size; /* bias */
  needs->operands[6] = 4; /* output_quantizer */
  needs->operands[7] = 2; /* bounds */
  needs->operands[8] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
}

static void needs_conv2d_input_gradient_extent_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_input_gradient_extent_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* gradient */
  needs->operands[1] = 4; /* quantizer */
  needs->operands[2] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, p->first_channels); /* weights */
  needs->operands[3] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, p->rest_channels); /* rest */
  needs->operands[4] = 1; /* scale */
  needs->operands[5] = PRODUCT(p->masked == 1 ? p->batch : 0, p->in_h, p->in_w, (p->in_channels - 1) / 8 + 1); /* bits */
  needs->operands[6] = p->scaled == 1 ? p->in_channels : 0; /* factors */
  needs->operands[7] = 2; /* extent */
  needs->operands[8] = p->summed == 1 ? p->in_channels : 0; /* sums */
  needs->operands[9] = PRODUCT(p->kept, 16); /* kept_sums */
  needs->scratch = PRODUCT(8, p->in_channels);
}

static void needs_conv2d_input_gradient_encode_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_input_gradient_encode_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* gradient */
  needs->operands[1] = 4; /* quantizer */
  needs->operands[2] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, p->first_channels); /* weights */
  needs->operands[3] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, p->rest_channels); /* rest */
  needs->operands[4] = 1; /* scale */
  needs->operands[5] = PRODUCT(p->masked == 1 ? p->batch : 0, p->in_h, p->in_w, (p->in_channels - 1) / 8 + 1); /* bits */
  needs->operands[6] = p->scaled == 1 ? p->in_channels : 0; /* factors */
  needs->operands[7] = 4; /* gradient_quantizer */
  needs->operands[8] = 1; /* key */
  needs->operands[9] = PRODUCT(p->kept, 16); /* kept_sums */
  needs->operands[10] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input_gradient */
}

static void needs_conv2d_input_gradient_add_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_input_gradient_add_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->adds == 1 ? p->batch : 0, p->in_h, p->in_w, p->in_channels); /* added */
  needs->operands[1] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* gradient */
  needs->operands[2] = 4; /* quantizer */
  needs->operands[3] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, p->first_channels); /* weights */
  needs->operands[4] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, p->rest_channels); /* rest */
  needs->operands[5] = 1; /* scale */
  needs->operands[6] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input_gradient */
}

static void needs_avg_pool2d_gradient_extent_f32(const void *params, tinyml_needs *needs) {
  const tinyml_avg_pool2d_gradient_extent_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* gradient */
  needs->operands[1] = PRODUCT(p->masked == 1 ? p->batch : 0, p->in_h, p->in_w, (p->channels - 1) / 8 + 1); /* bits */
  needs->operands[2] = p->scaled == 1 ? p->channels : 0; /* factors */
  needs->operands[3] = 2; /* extent */
  needs->operands[4] = p->summed == 1 ? p->channels : 0; /* sums */
  needs->scratch = PRODUCT(12, p->channels);
}

static void needs_avg_pool2d_gradient_encode_f32(const void *params, tinyml_needs *needs) {
  const tinyml_avg_pool2d_gradient_encode_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* gradient */
  needs->operands[1] = PRODUCT(p->masked == 1 ? p->batch : 0, p->in_h, p->in_w, (p->channels - 1) / 8 + 1); /* bits */
  needs->operands[2] = p->scaled == 1 ? p->channels : 0; /* factors */
  needs->operands[3] = 4; /* gradient_quantizer */
  needs->operands[4] = 1; /* key */
  needs->operands[5] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input_gradient */
  needs->scratch = PRODUCT(4, p->channels);
}

static void needs_avg_pool2d_decode_s8(const void *params, tinyml_needs *needs) {
  const tinyml_avg_pool2d_decode_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input */
  needs->operands[1] = 4; /* quantizer */
  needs->operands[2] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* output */
}

static void needs_compensation_f32(const void *params, tinyml_needs *needs) {
  const tinyml_compensation_f32_params *p = params;
  needs->operands[0] = p->bias_size; /* bias */
  needs->operands[1] = p->size; /* alpha */
  needs->operands[2] = p->size; /* mu */
  needs->operands[3] = p->size; /* offset */
  needs->operands[4] = p->size; /* output */
}

static void needs_compensation_gradient_f32(const void *params, tinyml_needs *needs) {
  const tinyml_compensation_gradient_f32_params *p = params;
  needs->operands[0] = p->size; /* gradient */
  needs->operands[1] = p->size; /* alpha */
  needs->operands[2] = p->size; /* mu */
  needs->operands[3] = p->size; /* offset */
  needs->operands[4] = 1; /* decay */
  needs->operands[5] = p->size; /* alpha_gradient */
  needs->operands[6] = p->size; /* mu_gradient */
  needs->operands[7] = p->size; /* offset_gradient */
}

static void needs_tied_compensation_f32(const void *params, tinyml_needs *needs) {
  const tinyml_tied_compensation_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->columns); /* weights */
  needs->operands[1] = p->rows; /* scale */
  needs->operands[2] = 4; /* quantizer */
  needs->operands[3] = p->rows; /* output */
}

static void needs_sum_rows_f32(const void *params, tinyml_needs *needs) {
  const tinyml_sum_rows_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->size); /* input */
  needs->operands[1] = p->size; /* output */
  needs->scratch = PRODUCT(8, p->size);
}

static void needs_patch_statistics_s8(const void *params, tinyml_needs *needs) {
  const tinyml_patch_statistics_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->height, p->width, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->height, p->width, p->channels); /* reference */
  needs->operands[2] = 4; /* multiplier */
  needs->operands[3] = 4; /* shift */
  needs->operands[4] = PRODUCT((p->height - 1) / p->patch + 1, (p->width - 1) / p->patch + 1, 4); /* statistics */
}

static void needs_gate_patches_s8(const void *params, tinyml_needs *needs) {
  const tinyml_gate_patches_s8_params *p = params;
  needs->operands[0] = p->patches; /* scores */
  needs->operands[1] = p->patches; /* mask */
  needs->operands[2] = p->patches; /* age */
  needs->operands[3] = 1; /* clock */
}

static void needs_list_tiles_s32(const void *params, tinyml_needs *needs) {
  const tinyml_list_tiles_s32_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->columns); /* mask */
  needs->operands[1] = p->capacity * 4 + 1; /* tiles */
  needs->scratch = PRODUCT(8, p->rows * 1 + 16, (p->columns - 1) / 64 + 1);
}

static void needs_dilate_tiles_s32(const void *params, tinyml_needs *needs) {
  const tinyml_dilate_tiles_s32_params *p = params;
  needs->operands[0] = p->capacity * 4 + 1; /* tiles */
  needs->operands[1] = p->capacity * 4 + 1; /* dilated */
  needs->scratch = PRODUCT(8, p->out_h * 1 + 16, (p->out_w - 1) / 64 + 1);
}

static void needs_unite_tiles_s32(const void *params, tinyml_needs *needs) {
  const tinyml_unite_tiles_s32_params *p = params;
  needs->operands[0] = p->capacity * 4 + 1; /* tiles1 */
  needs->operands[1] = p->capacity * 4 + 1; /* tiles2 */
  needs->operands[2] = p->capacity * 4 + 1; /* united */
  needs->scratch = PRODUCT(8, p->height * 1 + 16, (p->width - 1) / 64 + 1);
}

static void needs_copy_tiles_s8(const void *params, tinyml_needs *needs) {
  const tinyml_copy_tiles_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->height, p->width, p->channels); /* input */
  needs->operands[1] = p->capacity * 4 + 1; /* tiles */
  needs->operands[2] = PRODUCT(p->height, p->width, p->channels); /* output */
}

static void needs_conv2d_tiles_s8(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_tiles_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = p->capacity * 4 + 1; /* tiles */
  needs->operands[2] = PRODUCT(p->out_channels, p->kernel_h, p->kernel_w, (p->in_channels - 1) / p->groups + 1); /* weights */
  needs->operands[3] = p->out_channels; /* bias */
  needs->operands[4] = p->out_channels; /* multiplier */
  needs->operands[5] = p->out_channels; /* shift */
  needs->operands[6] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
}

static void needs_depthwise_conv2d_tiles_s8(const void *params, tinyml_needs *needs) {
  const tinyml_depthwise_conv2d_tiles_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = p->capacity * 4 + 1; /* tiles */
  needs->operands[2] = PRODUCT(p->kernel_h, p->kernel_w, p->in_channels, p->depth_multiplier); /* weights */
  needs->operands[3] = PRODUCT(p->in_channels, p->depth_multiplier); /* bias */
  needs->operands[4] = PRODUCT(p->in_channels, p->depth_multiplier); /* multiplier */
  needs->operands[5] = PRODUCT(p->in_channels, p->depth_multiplier); /* shift */
  needs->operands[6] = PRODUCT(p->batch, p->out_h, p->out_w, p->in_channels, p->depth_multiplier); /* output */
}

static void needs_add_tiles_s8(const void *params, tinyml_needs *needs) {
  const tinyml_add_tiles_s8_params *p = params;
  needs->operands[0] = p->size; /* input1 */
  needs->operands[1] = p->size; /* input2 */
  needs->operands[2] = p->capacity * 4 + 1; /* tiles */
  needs->operands[3] = p->size; /* output */
}

static void needs_mul_tiles_s8(const void *params, tinyml_needs *needs) {
  const tinyml_mul_tiles_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->outer, p->channels); /* input1 */
  needs->operands[1] = PRODUCT((p->outer - 1) / p->repeat + 1, p->channels); /* input2 */
  needs->operands[2] = p->capacity * 4 + 1; /* tiles */
  needs->operands[3] = PRODUCT(p->outer, p->channels); /* output */
}

static void needs_lut_tiles_s8(const void *params, tinyml_needs *needs) {
  const tinyml_lut_tiles_s8_params *p = params;
  needs->operands[0] = p->size; /* input */
  needs->operands[1] = p->capacity * 4 + 1; /* tiles */
  needs->operands[2] = 256; /* table */
  needs->operands[3] = p->size; /* output */
}

static void needs_max_pool2d_tiles_s8(const void *params, tinyml_needs *needs) {
  const tinyml_max_pool2d_tiles_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input */
  needs->operands[1] = p->capacity * 4 + 1; /* tiles */
  needs->operands[2] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* output */
}

static void needs_avg_pool2d_tiles_s8(const void *params, tinyml_needs *needs) {
  const tinyml_avg_pool2d_tiles_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input */
  needs->operands[1] = p->capacity * 4 + 1; /* tiles */
  needs->operands[2] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* output */
}

static void needs_mean_pool2d_tiles_s8(const void *params, tinyml_needs *needs) {
  const tinyml_mean_pool2d_tiles_s8_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->channels); /* input */
  needs->operands[1] = p->capacity * 4 + 1; /* tiles */
  needs->operands[2] = PRODUCT(p->batch, p->out_h, p->out_w, p->channels); /* output */
}

static void needs_patch_statistics_f32(const void *params, tinyml_needs *needs) {
  const tinyml_patch_statistics_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->rows, p->patch, p->columns, p->patch, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->rows, p->patch, p->columns, p->patch, p->channels); /* reference */
  needs->operands[2] = 1; /* unit */
  needs->operands[3] = PRODUCT(p->batch, p->rows, p->columns, 4); /* statistics */
}

static void needs_patch_mask_f32(const void *params, tinyml_needs *needs) {
  const tinyml_patch_mask_f32_params *p = params;
  needs->operands[0] = p->size; /* scores */
  needs->operands[1] = 1; /* key */
  needs->operands[2] = 2; /* anneal */
  needs->operands[3] = p->size; /* mask */
  needs->operands[4] = p->size; /* share */
  needs->operands[5] = 1; /* spread */
}

static void needs_patch_mask_gradient_f32(const void *params, tinyml_needs *needs) {
  const tinyml_patch_mask_gradient_f32_params *p = params;
  needs->operands[0] = p->size; /* gradient */
  needs->operands[1] = p->size; /* share */
  needs->operands[2] = 1; /* spread */
  needs->operands[3] = p->size; /* scores */
}

static void needs_patch_mix_f32(const void *params, tinyml_needs *needs) {
  const tinyml_patch_mix_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->rows, p->patch, p->columns, p->patch, p->channels); /* input */
  needs->operands[1] = PRODUCT(p->batch, p->rows, p->patch, p->columns, p->patch, p->channels); /* reference */
  needs->operands[2] = PRODUCT(p->batch, p->rows, p->columns); /* mask */
  needs->operands[3] = PRODUCT(p->batch, p->rows, p->patch, p->columns, p->patch, p->channels); /* output */
}

static void needs_patch_mix_gradient_f32(const void *params, tinyml_needs *needs) {
  const tinyml_patch_mix_gradient_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->rows, p->patch, p->columns, p->patch, p->channels); /* gradient */
  needs->operands[1] = PRODUCT(p->batch, p->rows, p->patch, p->columns, p->patch, p->channels); /* input */
  needs->operands[2] = PRODUCT(p->batch, p->rows, p->patch, p->columns, p->patch, p->channels); /* reference */
  needs->operands[3] = PRODUCT(p->batch, p->rows, p->columns); /* mask */
}

static void needs_patch_contrast_f32(const void *params, tinyml_needs *needs) {
  const tinyml_patch_contrast_f32_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->features); /* anchor */
  needs->operands[1] = PRODUCT(p->batch, p->features); /* positive */
  needs->operands[2] = PRODUCT(p->batch, p->features); /* negative */
  needs->operands[3] = PRODUCT(p->batch, p->patches); /* mask */
  needs->operands[4] = 2; /* anneal */
  needs->operands[5] = 4; /* settings */
  needs->operands[6] = PRODUCT(p->batch, p->features); /* positive_gradient */
  needs->operands[7] = PRODUCT(p->batch, p->features); /* negative_gradient */
  needs->operands[8] = PRODUCT(p->batch, p->patches); /* mask_gradient */
  needs->operands[9] = 2; /* result */
}

static void needs_conv2d_s4(const void *params, tinyml_needs *needs) {
  const tinyml_conv2d_s4_params *p = params;
  needs->operands[0] = PRODUCT(p->batch, p->in_h, p->in_w, p->in_channels); /* input */
  needs->operands[1] = PRODUCT(p->out_channels, (p->row_size - 1) / 2 + 1); /* weights */
  needs->operands[2] = PRODUCT(p->out_channels, (p->row_size - 1) / p->group + 1); /* factors */
  needs->operands[3] = p->out_channels; /* bias */
  needs->operands[4] = p->out_channels; /* multiplier */
  needs->operands[5] = p->out_channels; /* shift */
  needs->operands[6] = PRODUCT(p->batch, p->out_h, p->out_w, p->out_channels); /* output */
  needs->scratch = PRODUCT(p->block, p->row_size);
}

static void needs_fully_connected_s4(const void *params, tinyml_needs *needs) {
  const tinyml_fully_connected_s4_params *p = params;
  needs->operands[0] = PRODUCT(p->rows, p->in_features); /* input */
  needs->operands[1] = PRODUCT(p->out_features, (p->row_size - 1) / 2 + 1); /* weights */
  needs->operands[2] = PRODUCT(p->out_features, (p->row_size - 1) / p->group + 1); /* factors */
  needs->operands[3] = p->out_features; /* bias */
  needs->operands[4] = p->per_channel == 1 ? p->out_features : 1; /* multiplier */
  needs->operands[5] = p->per_channel == 1 ? p->out_features : 1; /* shift */
  needs->operands[6] = PRODUCT(p->rows, p->out_features); /* output */
  needs->scratch = p->room;
}

static const tinyml_range ranges_conv2d_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* output_offset */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_depthwise_conv2d_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* depth_multiplier */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* output_offset */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_conv_transpose2d_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* output_offset */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_fully_connected_s8[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* in_features */
    {1, INT32_MAX}, /* out_features */
    {0, 1}, /* per_channel */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* output_offset */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_conv2d_pairs_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* words */
    {1, INT32_MAX}, /* room */
    {-128, 127}, /* input_zero_point */
    {-128, 127}, /* output_zero_point */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_conv2d_groups_pairs_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* words */
    {1, INT32_MAX}, /* room */
    {-128, 127}, /* input_zero_point */
    {-128, 127}, /* output_zero_point */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
    {1, INT32_MAX}, /* groups */
    {1, INT32_MAX}, /* group_channels */
    {1, 1048576}, /* band */
};

static const tinyml_range ranges_conv_transpose2d_pairs_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* phase_channels */
    {1, INT32_MAX}, /* phases */
    {1, INT32_MAX}, /* words */
    {1, INT32_MAX}, /* room */
    {-128, 127}, /* input_zero_point */
    {-128, 127}, /* output_zero_point */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_fully_connected_pairs_s8[] = {
    {1, INT32_MAX}, /* in_features */
    {1, INT32_MAX}, /* out_features */
    {0, 1}, /* per_channel */
    {1, INT32_MAX}, /* words */
    {0, INT32_MAX}, /* room */
    {-128, 127}, /* output_zero_point */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_conv2d_vectors_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* words */
    {1, INT32_MAX}, /* room */
    {-128, 127}, /* input_zero_point */
    {-128, 127}, /* output_zero_point */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_conv2d_groups_vectors_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* words */
    {1, INT32_MAX}, /* room */
    {-128, 127}, /* input_zero_point */
    {-128, 127}, /* output_zero_point */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
    {1, INT32_MAX}, /* groups */
    {1, INT32_MAX}, /* group_channels */
    {1, 1048576}, /* band */
};

static const tinyml_range ranges_conv_transpose2d_vectors_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* phase_channels */
    {1, INT32_MAX}, /* phases */
    {1, INT32_MAX}, /* words */
    {1, INT32_MAX}, /* room */
    {-128, 127}, /* input_zero_point */
    {-128, 127}, /* output_zero_point */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_conv2d_words_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* words */
    {1, INT32_MAX}, /* room */
    {-128, 127}, /* input_zero_point */
    {-128, 127}, /* output_zero_point */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_fully_connected_vectors_s8[] = {
    {1, INT32_MAX}, /* in_features */
    {1, INT32_MAX}, /* out_features */
    {1, INT32_MAX}, /* scaled */
    {-128, 127}, /* output_zero_point */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_fully_connected_words_s8[] = {
    {1, INT32_MAX}, /* in_features */
    {1, INT32_MAX}, /* out_features */
    {0, 1}, /* per_channel */
    {-128, 127}, /* output_zero_point */
};

static const tinyml_range ranges_weighted_sum_s8[] = {
    {0, INT32_MAX}, /* size */
    {INT32_MIN, INT32_MAX}, /* factor1 */
    {INT32_MIN, INT32_MAX}, /* factor2 */
    {INT32_MIN, INT32_MAX}, /* bias */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_depthwise_conv2d_planes_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, 1048576}, /* band */
    {0, 1}, /* transposed */
    {1, INT32_MAX}, /* room */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* output_zero_point */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_depthwise_conv2d_large_planes_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, 1048576}, /* band */
    {0, 1}, /* transposed */
    {1, INT32_MAX}, /* room */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* output_zero_point */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_depthwise_conv2d_columns_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 2}, /* stride_h */
    {1, 2}, /* stride_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, 1048576}, /* band */
    {1, 1048576}, /* span */
    {1, INT32_MAX}, /* room */
    {-128, 127}, /* input_zero_point */
    {-128, 127}, /* output_zero_point */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_depthwise_conv2d_rows_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 16}, /* kernel_w */
    {1, 2}, /* stride_h */
    {1, 2}, /* stride_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, 1048576}, /* band */
    {1, 1048576}, /* span */
    {1, INT32_MAX}, /* room */
    {-128, 127}, /* input_zero_point */
    {-128, 127}, /* output_zero_point */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_add_s8[] = {
    {0, INT32_MAX}, /* size */
    {0, 22}, /* left_shift */
    {-128, 128}, /* input1_offset */
    {0, INT32_MAX}, /* input1_multiplier */
    {-31, 30}, /* input1_shift */
    {-128, 128}, /* input2_offset */
    {0, INT32_MAX}, /* input2_multiplier */
    {-31, 30}, /* input2_shift */
    {-128, 127}, /* output_offset */
    {0, INT32_MAX}, /* output_multiplier */
    {-31, 30}, /* output_shift */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_mul_s8[] = {
    {1, INT32_MAX}, /* outer */
    {1, INT32_MAX}, /* channels */
    {1, INT32_MAX}, /* repeat */
    {-128, 128}, /* input1_offset */
    {-128, 128}, /* input2_offset */
    {-128, 127}, /* output_offset */
    {0, INT32_MAX}, /* output_multiplier */
    {-31, 30}, /* output_shift */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_avg_pool2d_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {0, 1}, /* count_include_pad */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_pool_sums_s8[] = {
    {1, 8388608}, /* positions */
    {1, INT32_MAX}, /* channels */
    {0, 1}, /* is_first */
};

static const tinyml_range ranges_average_sums_s8[] = {
    {1, INT32_MAX}, /* channels */
    {1, 8388608}, /* count */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_requantize_sums_s8[] = {
    {1, INT32_MAX}, /* channels */
    {-1073741824, 1073741824}, /* sum_offset */
    {-128, 127}, /* output_offset */
    {0, INT32_MAX}, /* multiplier */
    {-31, 30}, /* shift */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_max_pool2d_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_mean_pool2d_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* output_offset */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
    {0, INT32_MAX}, /* multiplier */
    {-31, 30}, /* shift */
};

static const tinyml_range ranges_softmax_s8[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* row_size */
    {0, INT32_MAX}, /* multiplier */
    {0, 30}, /* shift */
    {INT32_MIN, 0}, /* diff_min */
};

static const tinyml_range ranges_masked_softmax_s8[] = {
    {1, INT32_MAX}, /* outer0 */
    {1, INT32_MAX}, /* outer1 */
    {1, INT32_MAX}, /* outer2 */
    {1, INT32_MAX}, /* row_size */
    {0, INT32_MAX}, /* mask_start */
    {-1073741824, 1073741824}, /* mask_stride0 */
    {-1073741824, 1073741824}, /* mask_stride1 */
    {-1073741824, 1073741824}, /* mask_stride2 */
    {-128, 127}, /* mask_least */
    {0, INT32_MAX}, /* multiplier */
    {0, 30}, /* shift */
    {INT32_MIN, 0}, /* diff_min */
};

static const tinyml_range ranges_log_softmax_s8[] = {
    {1, INT32_MAX}, /* outer */
    {1, INT32_MAX}, /* size */
    {1, INT32_MAX}, /* inner */
    {0, 31}, /* bits */
    {-128, 127}, /* output_offset */
    {0, INT32_MAX}, /* output_multiplier */
    {-31, 30}, /* output_shift */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_batch_matmul_s8[] = {
    {1, 16777216}, /* batch0 */
    {1, 16777216}, /* batch1 */
    {1, 16777216}, /* rows */
    {1, 16777216}, /* columns */
    {1, 32768}, /* depth */
    {0, INT32_MAX}, /* left_start */
    {-1073741824, 1073741824}, /* left_batch0 */
    {-1073741824, 1073741824}, /* left_batch1 */
    {-1073741824, 1073741824}, /* left_row */
    {-1073741824, 1073741824}, /* left_depth */
    {0, INT32_MAX}, /* right_start */
    {-1073741824, 1073741824}, /* right_batch0 */
    {-1073741824, 1073741824}, /* right_batch1 */
    {-1073741824, 1073741824}, /* right_column */
    {-1073741824, 1073741824}, /* right_depth */
    {0, INT32_MAX}, /* output_start */
    {-1073741824, 1073741824}, /* output_batch0 */
    {-1073741824, 1073741824}, /* output_batch1 */
    {-1073741824, 1073741824}, /* output_row */
    {0, INT32_MAX}, /* room */
    {-128, 128}, /* left_offset */
    {-128, 128}, /* right_offset */
    {-128, 127}, /* output_offset */
    {0, INT32_MAX}, /* multiplier */
    {-31, 30}, /* shift */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_attention_s8[] = {
    {1, INT32_MAX}, /* batch0 */
    {1, INT32_MAX}, /* batch1 */
    {1, 32768}, /* rows */
    {1, 8191}, /* columns */
    {1, 32768}, /* depth */
    {1, 32768}, /* values */
    {0, INT32_MAX}, /* query_start */
    {-1073741824, 1073741824}, /* query_batch0 */
    {-1073741824, 1073741824}, /* query_batch1 */
    {-1073741824, 1073741824}, /* query_channel */
    {-1073741824, 1073741824}, /* query_token */
    {0, INT32_MAX}, /* key_start */
    {-1073741824, 1073741824}, /* key_batch0 */
    {-1073741824, 1073741824}, /* key_batch1 */
    {-1073741824, 1073741824}, /* key_channel */
    {-1073741824, 1073741824}, /* key_token */
    {0, INT32_MAX}, /* value_start */
    {-1073741824, 1073741824}, /* value_batch0 */
    {-1073741824, 1073741824}, /* value_batch1 */
    {-1073741824, 1073741824}, /* value_channel */
    {-1073741824, 1073741824}, /* value_token */
    {0, INT32_MAX}, /* mask_start */
    {-1073741824, 1073741824}, /* mask_batch0 */
    {-1073741824, 1073741824}, /* mask_batch1 */
    {-1073741824, 1073741824}, /* mask_row */
    {-1073741824, 1073741824}, /* mask_column */
    {0, INT32_MAX}, /* output_start */
    {-1073741824, 1073741824}, /* output_batch0 */
    {-1073741824, 1073741824}, /* output_batch1 */
    {-1073741824, 1073741824}, /* output_channel */
    {-1073741824, 1073741824}, /* output_token */
    {-128, 127}, /* mask_least */
    {-128, 128}, /* query_offset */
    {-128, 128}, /* key_offset */
    {-128, 128}, /* value_offset */
    {-128, 127}, /* score_offset */
    {0, INT32_MAX}, /* score_multiplier */
    {-31, 30}, /* score_shift */
    {-128, 127}, /* score_min */
    {-128, 127}, /* score_max */
    {0, 1}, /* tabled */
    {-128, 127}, /* output_offset */
    {0, INT32_MAX}, /* multiplier */
    {-31, 30}, /* shift */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
    {0, INT32_MAX}, /* room */
};

static const tinyml_range ranges_linear_attention_s8[] = {
    {1, INT32_MAX}, /* batch0 */
    {1, INT32_MAX}, /* batch1 */
    {1, 32768}, /* tokens */
    {1, 256}, /* keys */
    {1, 256}, /* values */
    {0, INT32_MAX}, /* query_start */
    {-1073741824, 1073741824}, /* query_batch0 */
    {-1073741824, 1073741824}, /* query_batch1 */
    {-1073741824, 1073741824}, /* query_channel */
    {-1073741824, 1073741824}, /* query_token */
    {0, INT32_MAX}, /* key_start */
    {-1073741824, 1073741824}, /* key_batch0 */
    {-1073741824, 1073741824}, /* key_batch1 */
    {-1073741824, 1073741824}, /* key_channel */
    {-1073741824, 1073741824}, /* key_token */
    {0, INT32_MAX}, /* value_start */
    {-1073741824, 1073741824}, /* value_batch0 */
    {-1073741824, 1073741824}, /* value_batch1 */
    {-1073741824, 1073741824}, /* value_channel */
    {-1073741824, 1073741824}, /* value_token */
    {0, INT32_MAX}, /* output_start */
    {-1073741824, 1073741824}, /* output_batch0 */
    {-1073741824, 1073741824}, /* output_batch1 */
    {-1073741824, 1073741824}, /* output_channel */
    {-1073741824, 1073741824}, /* output_token */
    {-128, 128}, /* query_offset */
    {-128, 128}, /* key_offset */
    {-128, 128}, /* value_offset */
    {0, INT32_MAX}, /* epsilon */
    {-128, 127}, /* output_offset */
    {0, INT32_MAX}, /* multiplier */
    {-31, 30}, /* shift */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_normalize_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 65536}, /* positions */
    {1, INT32_MAX}, /* groups */
    {1, 65536}, /* channels */
    {0, 1}, /* centred */
    {0, INT32_MAX}, /* epsilon */
    {0, 31}, /* epsilon_shift */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* output_offset */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
    {0, INT32_MAX}, /* multiplier */
    {-31, 30}, /* shift */
};

static const tinyml_range ranges_lstm_s8[] = {
    {1, INT32_MAX}, /* steps */
    {1, INT32_MAX}, /* batch */
    {1, 65536}, /* input_size */
    {1, 65536}, /* hidden */
    {1, 2}, /* directions */
    {0, 1}, /* direction */
    {0, 1}, /* reverse */
    {0, INT32_MAX}, /* hidden_multiplier */
    {-31, 30}, /* hidden_shift */
    {-128, 127}, /* output_offset */
    {0, INT32_MAX}, /* cell_multiplier */
    {-31, 30}, /* cell_shift */
    {0, INT32_MAX}, /* tangent_multiplier */
    {-31, 30}, /* tangent_shift */
};

static const tinyml_range ranges_gru_s8[] = {
    {1, INT32_MAX}, /* steps */
    {1, INT32_MAX}, /* batch */
    {1, 65536}, /* input_size */
    {1, 65536}, /* hidden */
    {1, 2}, /* directions */
    {0, 1}, /* direction */
    {0, 1}, /* reverse */
    {0, INT32_MAX}, /* hidden_multiplier */
    {-31, 30}, /* hidden_shift */
    {-128, 127}, /* output_offset */
    {0, 1}, /* linear_before_reset */
};

static const tinyml_range ranges_rnn_s8[] = {
    {1, INT32_MAX}, /* steps */
    {1, INT32_MAX}, /* batch */
    {1, 65536}, /* input_size */
    {1, 65536}, /* hidden */
    {1, 2}, /* directions */
    {0, 1}, /* direction */
    {0, 1}, /* reverse */
    {0, INT32_MAX}, /* hidden_multiplier */
    {-31, 30}, /* hidden_shift */
    {-128, 127}, /* output_offset */
};

static const tinyml_range ranges_lstm_s16[] = {
    {1, INT32_MAX}, /* steps */
    {1, INT32_MAX}, /* batch */
    {1, 65536}, /* input_size */
    {1, 65536}, /* hidden */
    {1, 2}, /* directions */
    {0, 1}, /* direction */
    {0, 1}, /* reverse */
    {0, INT32_MAX}, /* hidden_multiplier */
    {-31, 30}, /* hidden_shift */
    {0, INT32_MAX}, /* cell_multiplier */
    {-31, 30}, /* cell_shift */
    {0, INT32_MAX}, /* tangent_multiplier */
    {-31, 30}, /* tangent_shift */
};

static const tinyml_range ranges_gru_s16[] = {
    {1, INT32_MAX}, /* steps */
    {1, INT32_MAX}, /* batch */
    {1, 65536}, /* input_size */
    {1, 65536}, /* hidden */
    {1, 2}, /* directions */
    {0, 1}, /* direction */
    {0, 1}, /* reverse */
    {0, INT32_MAX}, /* hidden_multiplier */
    {-31, 30}, /* hidden_shift */
    {0, 1}, /* linear_before_reset */
};

static const tinyml_range ranges_lrn_s8[] = {
    {1, INT32_MAX}, /* positions */
    {1, 65536}, /* channels */
    {0, 65536}, /* before */
    {0, 65536}, /* after */
    {0, INT32_MAX}, /* alpha */
    {0, INT32_MAX}, /* bias */
    {0, 31}, /* bias_shift */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* output_offset */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_lut_s8[] = {
    {0, INT32_MAX}, /* size */
};

static const tinyml_range ranges_copy_s8[] = {
    {1, INT32_MAX}, /* size0 */
    {1, INT32_MAX}, /* size1 */
    {1, INT32_MAX}, /* size2 */
    {1, INT32_MAX}, /* size3 */
    {INT32_MIN, INT32_MAX}, /* in_offset */
    {-1073741824, 1073741824}, /* in_stride0 */
    {-1073741824, 1073741824}, /* in_stride1 */
    {-1073741824, 1073741824}, /* in_stride2 */
    {-1073741824, 1073741824}, /* in_stride3 */
    {INT32_MIN, INT32_MAX}, /* out_offset */
    {-1073741824, 1073741824}, /* out_stride0 */
    {-1073741824, 1073741824}, /* out_stride1 */
    {-1073741824, 1073741824}, /* out_stride2 */
    {-1073741824, 1073741824}, /* out_stride3 */
};

static const tinyml_range ranges_fill_s8[] = {
    {0, INT32_MAX}, /* size */
    {-128, 127}, /* value */
};

static const tinyml_range ranges_move_s8[] = {
    {1, INT32_MAX}, /* size */
};

static const tinyml_range ranges_shift_s8[] = {
    {1, 536870911}, /* from */
    {1, 536870911}, /* size */
};

static const tinyml_range ranges_shift_s16[] = {
    {1, 536870911}, /* from */
    {1, 536870911}, /* size */
};

static const tinyml_range ranges_gather_s8[] = {
    {1, INT32_MAX}, /* outer */
    {1, INT32_MAX}, /* size */
    {1, INT32_MAX}, /* inner */
    {1, INT32_MAX}, /* count */
};

static const tinyml_range ranges_resize2d_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 4}, /* taps */
};

static const tinyml_range ranges_binary_s8[] = {
    {1, INT32_MAX}, /* size0 */
    {1, INT32_MAX}, /* size1 */
    {1, INT32_MAX}, /* size2 */
    {1, INT32_MAX}, /* size3 */
    {INT32_MIN, INT32_MAX}, /* input1_offset */
    {-1073741824, 1073741824}, /* input1_stride0 */
    {-1073741824, 1073741824}, /* input1_stride1 */
    {-1073741824, 1073741824}, /* input1_stride2 */
    {-1073741824, 1073741824}, /* input1_stride3 */
    {INT32_MIN, INT32_MAX}, /* input2_offset */
    {-1073741824, 1073741824}, /* input2_stride0 */
    {-1073741824, 1073741824}, /* input2_stride1 */
    {-1073741824, 1073741824}, /* input2_stride2 */
    {-1073741824, 1073741824}, /* input2_stride3 */
    {0, 9}, /* operation */
    {0, 32768}, /* unit */
    {-128, 127}, /* output_offset */
    {0, INT32_MAX}, /* output_multiplier */
    {-31, 30}, /* output_shift */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_select_s8[] = {
    {1, INT32_MAX}, /* size0 */
    {1, INT32_MAX}, /* size1 */
    {1, INT32_MAX}, /* size2 */
    {1, INT32_MAX}, /* size3 */
    {INT32_MIN, INT32_MAX}, /* condition_offset */
    {-1073741824, 1073741824}, /* condition_stride0 */
    {-1073741824, 1073741824}, /* condition_stride1 */
    {-1073741824, 1073741824}, /* condition_stride2 */
    {-1073741824, 1073741824}, /* condition_stride3 */
    {INT32_MIN, INT32_MAX}, /* input1_offset */
    {-1073741824, 1073741824}, /* input1_stride0 */
    {-1073741824, 1073741824}, /* input1_stride1 */
    {-1073741824, 1073741824}, /* input1_stride2 */
    {-1073741824, 1073741824}, /* input1_stride3 */
    {INT32_MIN, INT32_MAX}, /* input2_offset */
    {-1073741824, 1073741824}, /* input2_stride0 */
    {-1073741824, 1073741824}, /* input2_stride1 */
    {-1073741824, 1073741824}, /* input2_stride2 */
    {-1073741824, 1073741824}, /* input2_stride3 */
};

static const tinyml_range ranges_reduce_sum_s8[] = {
    {1, INT32_MAX}, /* outer */
    {1, INT32_MAX}, /* size */
    {1, INT32_MAX}, /* inner */
    {0, 1}, /* root */
    {-128, 127}, /* output_offset */
    {0, INT32_MAX}, /* output_multiplier */
    {-31, 30}, /* output_shift */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
};

static const tinyml_range ranges_cumsum_s8[] = {
    {1, INT32_MAX}, /* outer */
    {1, INT32_MAX}, /* size */
    {1, INT32_MAX}, /* inner */
    {0, 1}, /* exclusive */
    {0, 1}, /* reverse */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* output_offset */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
    {0, INT32_MAX}, /* multiplier */
    {-31, 30}, /* shift */
};

static const tinyml_range ranges_top_k_s8[] = {
    {1, INT32_MAX}, /* outer */
    {1, INT32_MAX}, /* size */
    {1, INT32_MAX}, /* inner */
    {1, INT32_MAX}, /* k */
    {0, 1}, /* largest */
    {0, 1}, /* last */
};

static const tinyml_range ranges_one_hot_s8[] = {
    {1, INT32_MAX}, /* outer */
    {1, INT32_MAX}, /* depth */
    {1, INT32_MAX}, /* inner */
    {-128, 127}, /* off */
    {-128, 127}, /* on */
};

static const tinyml_range ranges_encode_stripes_s8[] = {
    {1, 512}, /* height */
    {1, 512}, /* width */
    {1, 4096}, /* channels */
    {1, 512}, /* groups */
    {256, 131072}, /* symbols */
    {4, 1048576}, /* capacity */
};

static const tinyml_range ranges_decode_stripes_s8[] = {
    {1, 512}, /* height */
    {1, 512}, /* width */
    {1, 4096}, /* channels */
    {1, 512}, /* groups */
    {256, 131072}, /* symbols */
    {4, 1048576}, /* capacity */
};

static const tinyml_range ranges_quantize_s8[] = {
    {0, INT32_MAX}, /* size */
    {-128, 127}, /* zero_point */
};

static const tinyml_range ranges_dequantize_s8[] = {
    {0, INT32_MAX}, /* size */
    {-128, 127}, /* zero_point */
};

static const tinyml_range ranges_conv2d_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
};

static const tinyml_range ranges_depthwise_conv2d_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* depth_multiplier */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
};

static const tinyml_range ranges_conv_transpose2d_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
};

static const tinyml_range ranges_fully_connected_f32[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* in_features */
    {1, INT32_MAX}, /* out_features */
};

static const tinyml_range ranges_add_f32[] = {
    {0, INT32_MAX}, /* size */
};

static const tinyml_range ranges_mul_f32[] = {
    {1, INT32_MAX}, /* outer */
    {1, INT32_MAX}, /* channels */
    {1, INT32_MAX}, /* repeat */
};

static const tinyml_range ranges_avg_pool2d_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {0, 1}, /* count_include_pad */
};

static const tinyml_range ranges_max_pool2d_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
};

static const tinyml_range ranges_clamp_f32[] = {
    {0, INT32_MAX}, /* size */
};

static const tinyml_range ranges_copy_f32[] = {
    {1, INT32_MAX}, /* size0 */
    {1, INT32_MAX}, /* size1 */
    {1, INT32_MAX}, /* size2 */
    {1, INT32_MAX}, /* size3 */
    {INT32_MIN, INT32_MAX}, /* in_offset */
    {-1073741824, 1073741824}, /* in_stride0 */
    {-1073741824, 1073741824}, /* in_stride1 */
    {-1073741824, 1073741824}, /* in_stride2 */
    {-1073741824, 1073741824}, /* in_stride3 */
    {INT32_MIN, INT32_MAX}, /* out_offset */
    {-1073741824, 1073741824}, /* out_stride0 */
    {-1073741824, 1073741824}, /* out_stride1 */
    {-1073741824, 1073741824}, /* out_stride2 */
    {-1073741824, 1073741824}, /* out_stride3 */
};

static const tinyml_range ranges_recurrent_f32[] = {
    {1, INT32_MAX}, /* steps */
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* input_size */
    {1, 1048576}, /* hidden */
    {1, 2}, /* directions */
    {0, 1}, /* direction */
    {0, 1}, /* reverse */
    {1, 4}, /* gates */
    {0, 1}, /* reset_after */
};

static const tinyml_range ranges_batch_matmul_f32[] = {
    {1, 16777216}, /* batch0 */
    {1, 16777216}, /* batch1 */
    {1, 16777216}, /* rows */
    {1, 16777216}, /* columns */
    {1, 16777216}, /* depth */
    {0, INT32_MAX}, /* left_start */
    {-1073741824, 1073741824}, /* left_batch0 */
    {-1073741824, 1073741824}, /* left_batch1 */
    {-1073741824, 1073741824}, /* left_row */
    {-1073741824, 1073741824}, /* left_depth */
    {0, INT32_MAX}, /* right_start */
    {-1073741824, 1073741824}, /* right_batch0 */
    {-1073741824, 1073741824}, /* right_batch1 */
    {-1073741824, 1073741824}, /* right_column */
    {-1073741824, 1073741824}, /* right_depth */
    {0, INT32_MAX}, /* output_start */
    {-1073741824, 1073741824}, /* output_batch0 */
    {-1073741824, 1073741824}, /* output_batch1 */
    {-1073741824, 1073741824}, /* output_row */
};

static const tinyml_range ranges_lrn_f32[] = {
    {1, INT32_MAX}, /* outer */
    {1, INT32_MAX}, /* channels */
    {0, 1048576}, /* before */
    {0, 1048576}, /* behind */
};

static const tinyml_range ranges_normalize_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, 16777216}, /* positions */
    {1, INT32_MAX}, /* groups */
    {1, 16777216}, /* channels */
    {0, 1}, /* centred */
};

static const tinyml_range ranges_softmax_f32[] = {
    {1, INT32_MAX}, /* outer */
    {1, 16777216}, /* size */
    {1, INT32_MAX}, /* inner */
    {0, 1}, /* log */
};

static const tinyml_range ranges_reduce_f32[] = {
    {1, INT32_MAX}, /* outer */
    {1, 16777216}, /* size */
    {1, INT32_MAX}, /* inner */
    {0, 9}, /* operation */
};

static const tinyml_range ranges_trigonometry_f32[] = {
    {0, INT32_MAX}, /* size */
    {0, 10}, /* function */
};

static const tinyml_range ranges_power_f32[] = {
    {1, INT32_MAX}, /* size0 */
    {1, INT32_MAX}, /* size1 */
    {1, INT32_MAX}, /* size2 */
    {1, INT32_MAX}, /* size3 */
    {INT32_MIN, INT32_MAX}, /* input1_offset */
    {-1073741824, 1073741824}, /* input1_stride0 */
    {-1073741824, 1073741824}, /* input1_stride1 */
    {-1073741824, 1073741824}, /* input1_stride2 */
    {-1073741824, 1073741824}, /* input1_stride3 */
    {INT32_MIN, INT32_MAX}, /* input2_offset */
    {-1073741824, 1073741824}, /* input2_stride0 */
    {-1073741824, 1073741824}, /* input2_stride1 */
    {-1073741824, 1073741824}, /* input2_stride2 */
    {-1073741824, 1073741824}, /* input2_stride3 */
};

static const tinyml_range ranges_binary_f32[] = {
    {1, INT32_MAX}, /* size0 */
    {1, INT32_MAX}, /* size1 */
    {1, INT32_MAX}, /* size2 */
    {1, INT32_MAX}, /* size3 */
    {INT32_MIN, INT32_MAX}, /* input1_offset */
    {-1073741824, 1073741824}, /* input1_stride0 */
    {-1073741824, 1073741824}, /* input1_stride1 */
    {-1073741824, 1073741824}, /* input1_stride2 */
    {-1073741824, 1073741824}, /* input1_stride3 */
    {INT32_MIN, INT32_MAX}, /* input2_offset */
    {-1073741824, 1073741824}, /* input2_stride0 */
    {-1073741824, 1073741824}, /* input2_stride1 */
    {-1073741824, 1073741824}, /* input2_stride2 */
    {-1073741824, 1073741824}, /* input2_stride3 */
    {0, 6}, /* operation */
};

static const tinyml_range ranges_compare_f32[] = {
    {1, INT32_MAX}, /* size0 */
    {1, INT32_MAX}, /* size1 */
    {1, INT32_MAX}, /* size2 */
    {1, INT32_MAX}, /* size3 */
    {INT32_MIN, INT32_MAX}, /* input1_offset */
    {-1073741824, 1073741824}, /* input1_stride0 */
    {-1073741824, 1073741824}, /* input1_stride1 */
    {-1073741824, 1073741824}, /* input1_stride2 */
    {-1073741824, 1073741824}, /* input1_stride3 */
    {INT32_MIN, INT32_MAX}, /* input2_offset */
    {-1073741824, 1073741824}, /* input2_stride0 */
    {-1073741824, 1073741824}, /* input2_stride1 */
    {-1073741824, 1073741824}, /* input2_stride2 */
    {-1073741824, 1073741824}, /* input2_stride3 */
    {0, 3}, /* operation */
};

static const tinyml_range ranges_select_f32[] = {
    {1, INT32_MAX}, /* size0 */
    {1, INT32_MAX}, /* size1 */
    {1, INT32_MAX}, /* size2 */
    {1, INT32_MAX}, /* size3 */
    {INT32_MIN, INT32_MAX}, /* condition_offset */
    {-1073741824, 1073741824}, /* condition_stride0 */
    {-1073741824, 1073741824}, /* condition_stride1 */
    {-1073741824, 1073741824}, /* condition_stride2 */
    {-1073741824, 1073741824}, /* condition_stride3 */
    {INT32_MIN, INT32_MAX}, /* input1_offset */
    {-1073741824, 1073741824}, /* input1_stride0 */
    {-1073741824, 1073741824}, /* input1_stride1 */
    {-1073741824, 1073741824}, /* input1_stride2 */
    {-1073741824, 1073741824}, /* input1_stride3 */
    {INT32_MIN, INT32_MAX}, /* input2_offset */
    {-1073741824, 1073741824}, /* input2_stride0 */
    {-1073741824, 1073741824}, /* input2_stride1 */
    {-1073741824, 1073741824}, /* input2_stride2 */
    {-1073741824, 1073741824}, /* input2_stride3 */
};

static const tinyml_range ranges_gather_f32[] = {
    {1, INT32_MAX}, /* outer */
    {1, INT32_MAX}, /* size */
    {1, INT32_MAX}, /* inner */
    {1, INT32_MAX}, /* count */
};

static const tinyml_range ranges_top_k_f32[] = {
    {1, INT32_MAX}, /* outer */
    {1, INT32_MAX}, /* size */
    {1, INT32_MAX}, /* inner */
    {1, INT32_MAX}, /* k */
    {0, 1}, /* largest */
    {0, 1}, /* last */
};

static const tinyml_range ranges_one_hot_f32[] = {
    {1, INT32_MAX}, /* outer */
    {1, INT32_MAX}, /* depth */
    {1, INT32_MAX}, /* inner */
};

static const tinyml_range ranges_resize2d_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1024}, /* taps */
};

static const tinyml_range ranges_unary_f32[] = {
    {0, INT32_MAX}, /* size */
    {0, 28}, /* function */
};

static const tinyml_range ranges_add_s16[] = {
    {0, INT32_MAX}, /* size */
    {0, 15}, /* left_shift */
    {0, INT32_MAX}, /* input1_multiplier */
    {-31, 30}, /* input1_shift */
    {0, INT32_MAX}, /* input2_multiplier */
    {-31, 30}, /* input2_shift */
    {0, INT32_MAX}, /* output_multiplier */
    {-31, 30}, /* output_shift */
    {-32768, 32767}, /* act_min */
    {-32768, 32767}, /* act_max */
};

static const tinyml_range ranges_conv2d_s16[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
    {-32768, 32767}, /* act_min */
    {-32768, 32767}, /* act_max */
};

static const tinyml_range ranges_conv_transpose2d_s16[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {-32768, 32767}, /* act_min */
    {-32768, 32767}, /* act_max */
};

static const tinyml_range ranges_copy_s16[] = {
    {1, INT32_MAX}, /* size0 */
    {1, INT32_MAX}, /* size1 */
    {1, INT32_MAX}, /* size2 */
    {1, INT32_MAX}, /* size3 */
    {INT32_MIN, INT32_MAX}, /* in_offset */
    {-1073741824, 1073741824}, /* in_stride0 */
    {-1073741824, 1073741824}, /* in_stride1 */
    {-1073741824, 1073741824}, /* in_stride2 */
    {-1073741824, 1073741824}, /* in_stride3 */
    {INT32_MIN, INT32_MAX}, /* out_offset */
    {-1073741824, 1073741824}, /* out_stride0 */
    {-1073741824, 1073741824}, /* out_stride1 */
    {-1073741824, 1073741824}, /* out_stride2 */
    {-1073741824, 1073741824}, /* out_stride3 */
};

static const tinyml_range ranges_depthwise_conv2d_s16[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* depth_multiplier */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {-32768, 32767}, /* act_min */
    {-32768, 32767}, /* act_max */
};

static const tinyml_range ranges_dequantize_s16[] = {
    {0, INT32_MAX}, /* size */
};

static const tinyml_range ranges_fully_connected_s16[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* in_features */
    {1, INT32_MAX}, /* out_features */
    {-32768, 32767}, /* act_min */
    {-32768, 32767}, /* act_max */
};

static const tinyml_range ranges_lut_s16[] = {
    {0, INT32_MAX}, /* size */
};

static const tinyml_range ranges_max_pool2d_s16[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {-32768, 32767}, /* act_min */
    {-32768, 32767}, /* act_max */
};

static const tinyml_range ranges_mul_s16[] = {
    {1, INT32_MAX}, /* outer */
    {1, INT32_MAX}, /* channels */
    {1, INT32_MAX}, /* repeat */
    {0, INT32_MAX}, /* output_multiplier */
    {-31, 30}, /* output_shift */
    {-32768, 32767}, /* act_min */
    {-32768, 32767}, /* act_max */
};

static const tinyml_range ranges_quantize_s16[] = {
    {0, INT32_MAX}, /* size */
};

static const tinyml_range ranges_requantize_s16[] = {
    {0, INT32_MAX}, /* size */
    {0, INT32_MAX}, /* multiplier */
    {-31, 30}, /* shift */
    {-32768, 32767}, /* act_min */
    {-32768, 32767}, /* act_max */
};

static const tinyml_range ranges_requantize_s16_s8[] = {
    {0, INT32_MAX}, /* size */
    {0, INT32_MAX}, /* multiplier */
    {-31, 30}, /* shift */
    {-128, 127}, /* output_offset */
};

static const tinyml_range ranges_requantize_s8_s16[] = {
    {0, INT32_MAX}, /* size */
    {0, INT32_MAX}, /* multiplier */
    {-31, 30}, /* shift */
    {-128, 128}, /* input_offset */
};

static const tinyml_range ranges_resize2d_s16[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 4}, /* taps */
};

static const tinyml_range ranges_softmax_s16[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* row_size */
    {0, INT32_MAX}, /* multiplier */
    {-31, 30}, /* shift */
};

static const tinyml_range ranges_masked_softmax_s16[] = {
    {1, INT32_MAX}, /* outer0 */
    {1, INT32_MAX}, /* outer1 */
    {1, INT32_MAX}, /* outer2 */
    {1, INT32_MAX}, /* row_size */
    {0, INT32_MAX}, /* mask_start */
    {-1073741824, 1073741824}, /* mask_stride0 */
    {-1073741824, 1073741824}, /* mask_stride1 */
    {-1073741824, 1073741824}, /* mask_stride2 */
    {-32768, 32767}, /* mask_least */
    {0, INT32_MAX}, /* multiplier */
    {-31, 30}, /* shift */
};

static const tinyml_range ranges_batch_matmul_s16[] = {
    {1, 16777216}, /* batch0 */
    {1, 16777216}, /* batch1 */
    {1, 16777216}, /* rows */
    {1, 16777216}, /* columns */
    {1, 32768}, /* depth */
    {0, INT32_MAX}, /* left_start */
    {-1073741824, 1073741824}, /* left_batch0 */
    {-1073741824, 1073741824}, /* left_batch1 */
    {-1073741824, 1073741824}, /* left_row */
    {-1073741824, 1073741824}, /* left_depth */
    {0, INT32_MAX}, /* right_start */
    {-1073741824, 1073741824}, /* right_batch0 */
    {-1073741824, 1073741824}, /* right_batch1 */
    {-1073741824, 1073741824}, /* right_column */
    {-1073741824, 1073741824}, /* right_depth */
    {0, INT32_MAX}, /* output_start */
    {-1073741824, 1073741824}, /* output_batch0 */
    {-1073741824, 1073741824}, /* output_batch1 */
    {-1073741824, 1073741824}, /* output_row */
    {0, INT32_MAX}, /* multiplier */
    {-31, 7}, /* shift */
    {-32768, 32767}, /* act_min */
    {-32768, 32767}, /* act_max */
};

static const tinyml_range ranges_normalize_s16[] = {
    {1, INT32_MAX}, /* batch */
    {1, 65536}, /* positions */
    {1, INT32_MAX}, /* groups */
    {1, 65536}, /* channels */
    {0, 1}, /* centred */
    {0, INT32_MAX}, /* epsilon */
    {0, 31}, /* epsilon_shift */
    {0, INT32_MAX}, /* multiplier */
    {-31, 30}, /* shift */
    {-32768, 32767}, /* act_min */
    {-32768, 32767}, /* act_max */
};

static const tinyml_range ranges_sqrt_s16[] = {
    {1, INT32_MAX}, /* size */
    {0, INT32_MAX}, /* multiplier */
    {-31, 30}, /* shift */
};

static const tinyml_range ranges_conv2d_sums_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
};

static const tinyml_range ranges_conv2d_input_gradient_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
};

static const tinyml_range ranges_conv2d_weight_gradient_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
};

static const tinyml_range ranges_conv2d_sums_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
};

static const tinyml_range ranges_conv2d_input_gradient_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
};

static const tinyml_range ranges_conv2d_weight_gradient_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
};

static const tinyml_range ranges_rescale_s32[] = {
    {0, INT32_MAX}, /* size */
    {1, INT32_MAX}, /* channels */
    {0, 1}, /* per_channel */
    {0, INT32_MAX}, /* bias_size */
};

static const tinyml_range ranges_add_bias_f32[] = {
    {0, INT32_MAX}, /* size */
    {1, INT32_MAX}, /* bias_size */
};

static const tinyml_range ranges_extent_f32[] = {
    {0, INT32_MAX}, /* size */
};

static const tinyml_range ranges_track_range_f32[] = {
    {1, 127}, /* limit */
    {0, 1}, /* affine */
    {0, 1}, /* frozen */
};

static const tinyml_range ranges_encode_s8[] = {
    {0, INT32_MAX}, /* size */
    {-128, 127}, /* low */
    {-128, 127}, /* high */
    {0, 1}, /* stochastic */
    {INT32_MIN, INT32_MAX}, /* stream */
};

static const tinyml_range ranges_decode_s8[] = {
    {0, INT32_MAX}, /* size */
};

static const tinyml_range ranges_encode_weights_s8[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* columns */
    {1, 127}, /* limit */
};

static const tinyml_range ranges_decode_weights_s8[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* columns */
};

static const tinyml_range ranges_recode_weights_s8[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* columns */
    {1, 127}, /* limit */
};

static const tinyml_range ranges_add_codes_f32[] = {
    {0, INT32_MAX}, /* size */
};

static const tinyml_range ranges_activation_gradient_s8[] = {
    {0, INT32_MAX}, /* size */
};

static const tinyml_range ranges_activation_gradient_f32[] = {
    {0, INT32_MAX}, /* size */
};

static const tinyml_range ranges_clip_range_f32[] = {
    {0, INT32_MAX}, /* size */
    {0, 4}, /* mode */
    {2, 8}, /* bits */
};

static const tinyml_range ranges_max_pool2d_gradient_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
};

static const tinyml_range ranges_max_pool2d_gradient_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
};

static const tinyml_range ranges_avg_pool2d_gradient_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {0, 1}, /* count_include_pad */
};

static const tinyml_range ranges_batch_norm_f32[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* channels */
};

static const tinyml_range ranges_batch_norm_gradient_s8[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* channels */
};

static const tinyml_range ranges_batch_norm_gradient_f32[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* channels */
};

static const tinyml_range ranges_batch_matmul_sums_s8[] = {
    {1, 16777216}, /* batch0 */
    {1, 16777216}, /* batch1 */
    {1, 16777216}, /* rows */
    {1, 16777216}, /* columns */
    {1, 16777216}, /* depth */
    {0, INT32_MAX}, /* left_start */
    {-1073741824, 1073741824}, /* left_batch0 */
    {-1073741824, 1073741824}, /* left_batch1 */
    {-1073741824, 1073741824}, /* left_row */
    {-1073741824, 1073741824}, /* left_depth */
    {0, INT32_MAX}, /* right_start */
    {-1073741824, 1073741824}, /* right_batch0 */
    {-1073741824, 1073741824}, /* right_batch1 */
    {-1073741824, 1073741824}, /* right_column */
    {-1073741824, 1073741824}, /* right_depth */
    {0, INT32_MAX}, /* output_start */
    {-1073741824, 1073741824}, /* output_batch0 */
    {-1073741824, 1073741824}, /* output_batch1 */
    {-1073741824, 1073741824}, /* output_row */
};

static const tinyml_range ranges_normalize_gradient_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, 16777216}, /* positions */
    {1, INT32_MAX}, /* groups */
    {1, 16777216}, /* channels */
    {0, 1}, /* centred */
};

static const tinyml_range ranges_unary_gradient_f32[] = {
    {0, INT32_MAX}, /* size */
    {0, 28}, /* function */
};

static const tinyml_range ranges_recurrent_cell_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, INT32_MAX}, /* hidden */
    {3, 4}, /* gates */
};

static const tinyml_range ranges_recurrent_cell_gradient_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, INT32_MAX}, /* hidden */
    {3, 4}, /* gates */
};

static const tinyml_range ranges_softmax_cross_entropy_f32[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* classes */
};

static const tinyml_range ranges_squared_error_f32[] = {
    {1, INT32_MAX}, /* size */
};

static const tinyml_range ranges_accumulate_f32[] = {
    {0, INT32_MAX}, /* size */
};

static const tinyml_range ranges_sgd_f32[] = {
    {0, INT32_MAX}, /* size */
};

static const tinyml_range ranges_momentum_f32[] = {
    {0, INT32_MAX}, /* size */
};

static const tinyml_range ranges_adam_f32[] = {
    {0, INT32_MAX}, /* size */
};

static const tinyml_range ranges_sgd_s8[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* columns */
    {1, 127}, /* limit */
    {INT32_MIN, INT32_MAX}, /* stream */
    {0, 1}, /* of_codes */
};

static const tinyml_range ranges_conv2d_update_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
    {1, 127}, /* limit */
    {INT32_MIN, INT32_MAX}, /* stream */
    {0, 1}, /* of_codes */
};

static const tinyml_range ranges_conv2d_accumulate_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
};

static const tinyml_range ranges_inside_bits_s8[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* channels */
};

static const tinyml_range ranges_masked_gradient_f32[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* channels */
};

static const tinyml_range ranges_conv2d_encode_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
    {1, INT32_MAX}, /* first_channels */
    {0, INT32_MAX}, /* rest_channels */
    {0, 1}, /* per_channel */
    {0, INT32_MAX}, /* bias_size */
    {-128, 127}, /* low */
    {-128, 127}, /* high */
};

static const tinyml_range ranges_conv2d_input_gradient_extent_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
    {1, INT32_MAX}, /* first_channels */
    {0, INT32_MAX}, /* rest_channels */
    {0, INT32_MAX}, /* kept */
    {0, 1}, /* masked */
    {0, 1}, /* scaled */
    {0, 1}, /* summed */
};

static const tinyml_range ranges_conv2d_input_gradient_encode_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
    {1, INT32_MAX}, /* first_channels */
    {0, INT32_MAX}, /* rest_channels */
    {0, INT32_MAX}, /* kept */
    {0, 1}, /* masked */
    {0, 1}, /* scaled */
    {1, 127}, /* limit */
    {0, 1}, /* stochastic */
    {INT32_MIN, INT32_MAX}, /* stream */
};

static const tinyml_range ranges_conv2d_input_gradient_add_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
    {1, INT32_MAX}, /* first_channels */
    {0, INT32_MAX}, /* rest_channels */
    {0, 1}, /* adds */
};

static const tinyml_range ranges_avg_pool2d_gradient_extent_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {0, 1}, /* count_include_pad */
    {0, 1}, /* masked */
    {0, 1}, /* scaled */
    {0, 1}, /* summed */
};

static const tinyml_range ranges_avg_pool2d_gradient_encode_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {0, 1}, /* count_include_pad */
    {0, 1}, /* masked */
    {0, 1}, /* scaled */
    {1, 127}, /* limit */
    {0, 1}, /* stochastic */
    {INT32_MIN, INT32_MAX}, /* stream */
};

static const tinyml_range ranges_avg_pool2d_decode_s8[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {0, 1}, /* count_include_pad */
};

static const tinyml_range ranges_compensation_f32[] = {
    {0, INT32_MAX}, /* size */
    {1, INT32_MAX}, /* bias_size */
};

static const tinyml_range ranges_compensation_gradient_f32[] = {
    {0, INT32_MAX}, /* size */
};

static const tinyml_range ranges_tied_compensation_f32[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* columns */
};

static const tinyml_range ranges_sum_rows_f32[] = {
    {1, INT32_MAX}, /* size */
    {1, INT32_MAX}, /* rows */
};

static const tinyml_range ranges_patch_statistics_s8[] = {
    {1, 32768}, /* height */
    {1, 32768}, /* width */
    {1, 4096}, /* channels */
    {1, 32}, /* patch */
    {-127, 128}, /* input_offset */
    {0, 255}, /* threshold */
};

static const tinyml_range ranges_gate_patches_s8[] = {
    {1, 1048576}, /* patches */
    {-128, 127}, /* threshold */
    {0, 255}, /* max_age */
    {0, 255}, /* key_frame */
    {0, INT32_MAX}, /* scene_cut */
};

static const tinyml_range ranges_list_tiles_s32[] = {
    {1, 1024}, /* rows */
    {1, 1024}, /* columns */
    {1, 32}, /* patch_h */
    {1, 32}, /* patch_w */
    {0, INT32_MAX}, /* dense_above */
    {1, 65536}, /* capacity */
};

static const tinyml_range ranges_dilate_tiles_s32[] = {
    {1, 32768}, /* in_h */
    {1, 32768}, /* in_w */
    {1, 32768}, /* out_h */
    {1, 32768}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, 65536}, /* capacity */
};

static const tinyml_range ranges_unite_tiles_s32[] = {
    {1, 32768}, /* height */
    {1, 32768}, /* width */
    {1, 65536}, /* capacity */
};

static const tinyml_range ranges_copy_tiles_s8[] = {
    {1, 32768}, /* height */
    {1, 32768}, /* width */
    {1, INT32_MAX}, /* channels */
    {1, 65536}, /* capacity */
};

static const tinyml_range ranges_conv2d_tiles_s8[] = {
    {1, 1}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* output_offset */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
    {1, 65536}, /* capacity */
};

static const tinyml_range ranges_depthwise_conv2d_tiles_s8[] = {
    {1, 1}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* depth_multiplier */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* output_offset */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
    {1, 65536}, /* capacity */
};

static const tinyml_range ranges_add_tiles_s8[] = {
    {0, INT32_MAX}, /* size */
    {0, 22}, /* left_shift */
    {-128, 128}, /* input1_offset */
    {0, INT32_MAX}, /* input1_multiplier */
    {-31, 30}, /* input1_shift */
    {-128, 128}, /* input2_offset */
    {0, INT32_MAX}, /* input2_multiplier */
    {-31, 30}, /* input2_shift */
    {-128, 127}, /* output_offset */
    {0, INT32_MAX}, /* output_multiplier */
    {-31, 30}, /* output_shift */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
    {1, 32768}, /* height */
    {1, 32768}, /* width */
    {1, 65536}, /* capacity */
};

static const tinyml_range ranges_mul_tiles_s8[] = {
    {1, INT32_MAX}, /* outer */
    {1, INT32_MAX}, /* channels */
    {1, INT32_MAX}, /* repeat */
    {-128, 128}, /* input1_offset */
    {-128, 128}, /* input2_offset */
    {-128, 127}, /* output_offset */
    {0, INT32_MAX}, /* output_multiplier */
    {-31, 30}, /* output_shift */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
    {1, 32768}, /* height */
    {1, 32768}, /* width */
    {1, 65536}, /* capacity */
};

static const tinyml_range ranges_lut_tiles_s8[] = {
    {0, INT32_MAX}, /* size */
    {1, 32768}, /* height */
    {1, 32768}, /* width */
    {1, 65536}, /* capacity */
};

static const tinyml_range ranges_max_pool2d_tiles_s8[] = {
    {1, 1}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
    {1, 65536}, /* capacity */
};

static const tinyml_range ranges_avg_pool2d_tiles_s8[] = {
    {1, 1}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {0, 1}, /* count_include_pad */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
    {1, 65536}, /* capacity */
};

static const tinyml_range ranges_mean_pool2d_tiles_s8[] = {
    {1, 1}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* output_offset */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
    {0, INT32_MAX}, /* multiplier */
    {-31, 30}, /* shift */
    {1, 65536}, /* capacity */
};

static const tinyml_range ranges_patch_statistics_f32[] = {
    {1, 1048576}, /* batch */
    {1, 1048576}, /* rows */
    {1, 1048576}, /* columns */
    {1, 1048576}, /* patch */
    {1, 1048576}, /* channels */
};

static const tinyml_range ranges_patch_mask_f32[] = {
    {1, INT32_MAX}, /* size */
    {INT32_MIN, INT32_MAX}, /* stream */
    {0, 1}, /* rule */
    {0, 1}, /* hard */
};

static const tinyml_range ranges_patch_mask_gradient_f32[] = {
    {1, INT32_MAX}, /* size */
    {0, 1}, /* rule */
};

static const tinyml_range ranges_patch_mix_f32[] = {
    {1, 1048576}, /* batch */
    {1, 1048576}, /* rows */
    {1, 1048576}, /* columns */
    {1, 1048576}, /* patch */
    {1, 1048576}, /* channels */
    {0, 1}, /* inverted */
};

static const tinyml_range ranges_patch_mix_gradient_f32[] = {
    {1, 1048576}, /* batch */
    {1, 1048576}, /* rows */
    {1, 1048576}, /* columns */
    {1, 1048576}, /* patch */
    {1, 1048576}, /* channels */
    {0, 1}, /* inverted */
};

static const tinyml_range ranges_patch_contrast_f32[] = {
    {1, INT32_MAX}, /* batch */
    {1, INT32_MAX}, /* features */
    {1, INT32_MAX}, /* patches */
    {0, 1}, /* hinge */
};

static const tinyml_range ranges_conv2d_s4[] = {
    {1, INT32_MAX}, /* batch */
    {1, 1048576}, /* in_h */
    {1, 1048576}, /* in_w */
    {1, INT32_MAX}, /* in_channels */
    {1, 1048576}, /* out_h */
    {1, 1048576}, /* out_w */
    {1, INT32_MAX}, /* out_channels */
    {1, 1048576}, /* kernel_h */
    {1, 1048576}, /* kernel_w */
    {1, 1048576}, /* stride_h */
    {1, 1048576}, /* stride_w */
    {1, 1048576}, /* dilation_h */
    {1, 1048576}, /* dilation_w */
    {0, 1048576}, /* pad_top */
    {0, 1048576}, /* pad_left */
    {1, INT32_MAX}, /* groups */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* output_offset */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
    {8, INT32_MAX}, /* row_size */
    {8, INT32_MAX}, /* group */
    {1, INT32_MAX}, /* block */
};

static const tinyml_range ranges_fully_connected_s4[] = {
    {1, INT32_MAX}, /* rows */
    {1, INT32_MAX}, /* in_features */
    {1, INT32_MAX}, /* out_features */
    {0, 1}, /* per_channel */
    {-128, 128}, /* input_offset */
    {-128, 127}, /* output_offset */
    {-128, 127}, /* act_min */
    {-128, 127}, /* act_max */
    {8, INT32_MAX}, /* row_size */
    {8, INT32_MAX}, /* group */
    {1, INT32_MAX}, /* block */
    {1, INT32_MAX}, /* room */
};

const tinyml_kernel_facts tinyml_kernel_table[TINYML_KERNELS] = {
    [TINYML_CONV2D_S8] = {
        .params = 20,
        .ranges = ranges_conv2d_s8,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_SHIFTS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_conv2d,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d,
        .needs = needs_conv2d_s8,
    },
    [TINYML_DEPTHWISE_CONV2D_S8] = {
        .params = 19,
        .ranges = ranges_depthwise_conv2d_s8,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_SHIFTS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_depthwise_conv2d,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_depthwise_conv2d,
        .needs = needs_depthwise_conv2d_s8,
    },
    [TINYML_CONV_TRANSPOSE2D_S8] = {
        .params = 19,
        .ranges = ranges_conv_transpose2d_s8,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_SHIFTS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_conv_transpose2d,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv_transpose2d,
        .needs = needs_conv_transpose2d_s8,
    },
    [TINYML_FULLY_CONNECTED_S8] = {
        .params = 8,
        .ranges = ranges_fully_connected_s8,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_SHIFTS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_fully_connected_s8,
    },
    [TINYML_CONV2D_PAIRS_S8] = {
        .params = 21,
        .ranges = ranges_conv2d_pairs_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_conv2d_pairs,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d_pairs,
        .needs = needs_conv2d_pairs_s8,
    },
    [TINYML_CONV2D_GROUPS_PAIRS_S8] = {
        .params = 24,
        .ranges = ranges_conv2d_groups_pairs_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_conv2d_groups,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d_groups_pairs,
        .needs = needs_conv2d_groups_pairs_s8,
    },
    [TINYML_CONV_TRANSPOSE2D_PAIRS_S8] = {
        .params = 21,
        .ranges = ranges_conv_transpose2d_pairs_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_conv_transpose2d_phases,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv_transpose2d_pairs,
        .needs = needs_conv_transpose2d_pairs_s8,
    },
    [TINYML_FULLY_CONNECTED_PAIRS_S8] = {
        .params = 8,
        .ranges = ranges_fully_connected_pairs_s8,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_fully_connected_pairs,
        .needs = needs_fully_connected_pairs_s8,
    },
    [TINYML_CONV2D_VECTORS_S8] = {
        .params = 21,
        .ranges = ranges_conv2d_vectors_s8,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_conv2d_vectors,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d_vectors,
        .needs = needs_conv2d_vectors_s8,
    },
    [TINYML_CONV2D_GROUPS_VECTORS_S8] = {
        .params = 24,
        .ranges = ranges_conv2d_groups_vectors_s8,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_conv2d_groups,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d_groups_vectors,
        .needs = needs_conv2d_groups_vectors_s8,
    },
    [TINYML_CONV_TRANSPOSE2D_VECTORS_S8] = {
        .params = 21,
        .ranges = ranges_conv_transpose2d_vectors_s8,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_conv_transpose2d_phases,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv_transpose2d_vectors,
        .needs = needs_conv_transpose2d_vectors_s8,
    },
    [TINYML_CONV2D_WORDS_S8] = {
        .params = 21,
        .ranges = ranges_conv2d_words_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_conv2d_pairs,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d_words,
        .needs = needs_conv2d_words_s8,
    },
    [TINYML_FULLY_CONNECTED_VECTORS_S8] = {
        .params = 6,
        .ranges = ranges_fully_connected_vectors_s8,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_fully_connected_vectors,
        .needs = needs_fully_connected_vectors_s8,
    },
    [TINYML_FULLY_CONNECTED_WORDS_S8] = {
        .params = 4,
        .ranges = ranges_fully_connected_words_s8,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_fully_connected_words,
        .needs = needs_fully_connected_words_s8,
    },
    [TINYML_WEIGHTED_SUM_S8] = {
        .params = 6,
        .ranges = ranges_weighted_sum_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 3,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_weighted_sum_s8,
    },
    [TINYML_DEPTHWISE_CONV2D_PLANES_S8] = {
        .params = 19,
        .ranges = ranges_depthwise_conv2d_planes_s8,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_depthwise_conv2d_planes,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_depthwise_conv2d_planes,
        .needs = needs_depthwise_conv2d_planes_s8,
    },
    [TINYML_DEPTHWISE_CONV2D_LARGE_PLANES_S8] = {
        .params = 19,
        .ranges = ranges_depthwise_conv2d_large_planes_s8,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_depthwise_conv2d_planes,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_depthwise_conv2d_planes,
        .needs = needs_depthwise_conv2d_large_planes_s8,
    },
    [TINYML_DEPTHWISE_CONV2D_COLUMNS_S8] = {
        .params = 19,
        .ranges = ranges_depthwise_conv2d_columns_s8,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_RIGHT_SHIFTS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_depthwise_conv2d_columns,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_depthwise_conv2d_columns,
        .needs = needs_depthwise_conv2d_columns_s8,
    },
    [TINYML_DEPTHWISE_CONV2D_ROWS_S8] = {
        .params = 19,
        .ranges = ranges_depthwise_conv2d_rows_s8,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_RIGHT_SHIFTS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_depthwise_conv2d_columns,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_depthwise_conv2d_rows,
        .needs = needs_depthwise_conv2d_rows_s8,
    },
    [TINYML_ADD_S8] = {
        .params = 13,
        .ranges = ranges_add_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 3,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_add_s8,
    },
    [TINYML_MUL_S8] = {
        .params = 10,
        .ranges = ranges_mul_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 3,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_mul_s8,
    },
    [TINYML_AVG_POOL2D_S8] = {
        .params = 16,
        .ranges = ranges_avg_pool2d_s8,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_avg_pool2d,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_avg_pool2d,
        .needs = needs_avg_pool2d_s8,
    },
    [TINYML_POOL_SUMS_S8] = {
        .params = 3,
        .ranges = ranges_pool_sums_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 2,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_pool_sums_s8,
    },
    [TINYML_AVERAGE_SUMS_S8] = {
        .params = 4,
        .ranges = ranges_average_sums_s8,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_average_sums_s8,
    },
    [TINYML_REQUANTIZE_SUMS_S8] = {
        .params = 7,
        .ranges = ranges_requantize_sums_s8,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_requantize_sums_s8,
    },
    [TINYML_MAX_POOL2D_S8] = {
        .params = 16,
        .ranges = ranges_max_pool2d_s8,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_max_pool2d,
        .unit = TINYML_BY_IMAGES,
        .rule = tinyml_rule_max_pool2d,
        .needs = needs_max_pool2d_s8,
    },
    [TINYML_MEAN_POOL2D_S8] = {
        .params = 20,
        .ranges = ranges_mean_pool2d_s8,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_max_pool2d,
        .needs = needs_mean_pool2d_s8,
    },
    [TINYML_SOFTMAX_S8] = {
        .params = 5,
        .ranges = ranges_softmax_s8,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_softmax,
        .needs = needs_softmax_s8,
    },
    [TINYML_MASKED_SOFTMAX_S8] = {
        .params = 12,
        .ranges = ranges_masked_softmax_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_masked_softmax,
        .needs = needs_masked_softmax_s8,
    },
    [TINYML_LOG_SOFTMAX_S8] = {
        .params = 9,
        .ranges = ranges_log_softmax_s8,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_log_softmax_s8,
    },
    [TINYML_BATCH_MATMUL_S8] = {
        .params = 27,
        .ranges = ranges_batch_matmul_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_batch_matmul,
        .needs = needs_batch_matmul_s8,
    },
    [TINYML_ATTENTION_S8] = {
        .params = 47,
        .ranges = ranges_attention_s8,
        .operand_count = 7,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_attention,
        .needs = needs_attention_s8,
    },
    [TINYML_LINEAR_ATTENTION_S8] = {
        .params = 34,
        .ranges = ranges_linear_attention_s8,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_linear_attention,
        .needs = needs_linear_attention_s8,
    },
    [TINYML_NORMALIZE_S8] = {
        .params = 13,
        .ranges = ranges_normalize_s8,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_normalize,
        .needs = needs_normalize_s8,
    },
    [TINYML_LSTM_S8] = {
        .params = 14,
        .ranges = ranges_lstm_s8,
        .operand_count = 14,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_SHIFTS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_SHIFTS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_recurrent,
        .needs = needs_lstm_s8,
    },
    [TINYML_GRU_S8] = {
        .params = 11,
        .ranges = ranges_gru_s8,
        .operand_count = 13,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_SHIFTS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_SHIFTS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_recurrent,
        .needs = needs_gru_s8,
    },
    [TINYML_RNN_S8] = {
        .params = 10,
        .ranges = ranges_rnn_s8,
        .operand_count = 12,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_SHIFTS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_SHIFTS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_recurrent,
        .needs = needs_rnn_s8,
    },
    [TINYML_LSTM_S16] = {
        .params = 13,
        .ranges = ranges_lstm_s16,
        .operand_count = 14,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_WIDE_SHIFTS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_WIDE_SHIFTS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_recurrent,
        .needs = needs_lstm_s16,
    },
    [TINYML_GRU_S16] = {
        .params = 10,
        .ranges = ranges_gru_s16,
        .operand_count = 13,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_WIDE_SHIFTS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_WIDE_SHIFTS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_recurrent,
        .needs = needs_gru_s16,
    },
    [TINYML_LRN_S8] = {
        .params = 11,
        .ranges = ranges_lrn_s8,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_SHIFTS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_lrn_s8,
    },
    [TINYML_LUT_S8] = {
        .params = 1,
        .ranges = ranges_lut_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_lut_s8,
    },
    [TINYML_COPY_S8] = {
        .params = 14,
        .ranges = ranges_copy_s8,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_copy,
        .needs = needs_copy_s8,
    },
    [TINYML_FILL_S8] = {
        .params = 2,
        .ranges = ranges_fill_s8,
        .operand_count = 1,
        .operands =
        {
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_fill_s8,
    },
    [TINYML_MOVE_S8] = {
        .params = 1,
        .ranges = ranges_move_s8,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_move,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_move_s8,
    },
    [TINYML_SHIFT_S8] = {
        .params = 2,
        .ranges = ranges_shift_s8,
        .operand_count = 1,
        .operands =
        {
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_shift_s8,
    },
    [TINYML_SHIFT_S16] = {
        .params = 2,
        .ranges = ranges_shift_s16,
        .operand_count = 1,
        .operands =
        {
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_shift_s16,
    },
    [TINYML_GATHER_S8] = {
        .params = 4,
        .ranges = ranges_gather_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_gather_s8,
    },
    [TINYML_RESIZE2D_S8] = {
        .params = 7,
        .ranges = ranges_resize2d_s8,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_resize2d_s8,
    },
    [TINYML_BINARY_S8] = {
        .params = 21,
        .ranges = ranges_binary_s8,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_walks2,
        .needs = needs_binary_s8,
    },
    [TINYML_SELECT_S8] = {
        .params = 19,
        .ranges = ranges_select_s8,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_walks3,
        .needs = needs_select_s8,
    },
    [TINYML_REDUCE_SUM_S8] = {
        .params = 9,
        .ranges = ranges_reduce_sum_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_reduce_sum_s8,
    },
    [TINYML_CUMSUM_S8] = {
        .params = 11,
        .ranges = ranges_cumsum_s8,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_cumsum_s8,
    },
    [TINYML_TOP_K_S8] = {
        .params = 6,
        .ranges = ranges_top_k_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_top_k,
        .needs = needs_top_k_s8,
    },
    [TINYML_ONE_HOT_S8] = {
        .params = 5,
        .ranges = ranges_one_hot_s8,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_one_hot_s8,
    },
    [TINYML_ENCODE_STRIPES_S8] = {
        .params = 6,
        .ranges = ranges_encode_stripes_s8,
        .operand_count = 7,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(uint8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(uint8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_encode_stripes_s8,
    },
    [TINYML_DECODE_STRIPES_S8] = {
        .params = 6,
        .ranges = ranges_decode_stripes_s8,
        .operand_count = 8,
        .operands =
        {
            {TINYML_INPUT, sizeof(uint8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(uint8_t), TINYML_FLAGS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_decode_stripes_s8,
    },
    [TINYML_QUANTIZE_S8] = {
        .params = 2,
        .ranges = ranges_quantize_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_quantize_s8,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_quantize_s8,
    },
    [TINYML_DEQUANTIZE_S8] = {
        .params = 2,
        .ranges = ranges_dequantize_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_dequantize_s8,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_dequantize_s8,
    },
    [TINYML_CONV2D_F32] = {
        .params = 16,
        .ranges = ranges_conv2d_f32,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_BOUNDS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d,
        .needs = needs_conv2d_f32,
    },
    [TINYML_DEPTHWISE_CONV2D_F32] = {
        .params = 15,
        .ranges = ranges_depthwise_conv2d_f32,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_BOUNDS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_depthwise_conv2d,
        .needs = needs_depthwise_conv2d_f32,
    },
    [TINYML_CONV_TRANSPOSE2D_F32] = {
        .params = 15,
        .ranges = ranges_conv_transpose2d_f32,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_BOUNDS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv_transpose2d,
        .needs = needs_conv_transpose2d_f32,
    },
    [TINYML_FULLY_CONNECTED_F32] = {
        .params = 3,
        .ranges = ranges_fully_connected_f32,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_BOUNDS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_fully_connected_f32,
    },
    [TINYML_ADD_F32] = {
        .params = 1,
        .ranges = ranges_add_f32,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_CONSTANT, sizeof(float), TINYML_BOUNDS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 3,
        .overlap = NULL,
        .unit = TINYML_BY_ELEMENTS,
        .rule = NULL,
        .needs = needs_add_f32,
    },
    [TINYML_MUL_F32] = {
        .params = 3,
        .ranges = ranges_mul_f32,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_BOUNDS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 3,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_mul_f32,
    },
    [TINYML_AVG_POOL2D_F32] = {
        .params = 13,
        .ranges = ranges_avg_pool2d_f32,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_IMAGES,
        .rule = tinyml_rule_avg_pool2d,
        .needs = needs_avg_pool2d_f32,
    },
    [TINYML_MAX_POOL2D_F32] = {
        .params = 14,
        .ranges = ranges_max_pool2d_f32,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_IMAGES,
        .rule = tinyml_rule_max_pool2d,
        .needs = needs_max_pool2d_f32,
    },
    [TINYML_CLAMP_F32] = {
        .params = 1,
        .ranges = ranges_clamp_f32,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_CONSTANT, sizeof(float), TINYML_BOUNDS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_ELEMENTS,
        .rule = NULL,
        .needs = needs_clamp_f32,
    },
    [TINYML_COPY_F32] = {
        .params = 14,
        .ranges = ranges_copy_f32,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_copy,
        .needs = needs_copy_f32,
    },
    [TINYML_RECURRENT_F32] = {
        .params = 9,
        .ranges = ranges_recurrent_f32,
        .operand_count = 9,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_recurrent,
        .needs = needs_recurrent_f32,
    },
    [TINYML_BATCH_MATMUL_F32] = {
        .params = 19,
        .ranges = ranges_batch_matmul_f32,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_matrices,
        .needs = needs_batch_matmul_f32,
    },
    [TINYML_LRN_F32] = {
        .params = 4,
        .ranges = ranges_lrn_f32,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_lrn_f32,
    },
    [TINYML_NORMALIZE_F32] = {
        .params = 5,
        .ranges = ranges_normalize_f32,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_normalize_f32,
    },
    [TINYML_SOFTMAX_F32] = {
        .params = 4,
        .ranges = ranges_softmax_f32,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_softmax_f32,
    },
    [TINYML_REDUCE_F32] = {
        .params = 4,
        .ranges = ranges_reduce_f32,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_reduce_f32,
    },
    [TINYML_TRIGONOMETRY_F32] = {
        .params = 2,
        .ranges = ranges_trigonometry_f32,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_ELEMENTS,
        .rule = NULL,
        .needs = needs_trigonometry_f32,
    },
    [TINYML_POWER_F32] = {
        .params = 14,
        .ranges = ranges_power_f32,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_walks2,
        .needs = needs_power_f32,
    },
    [TINYML_BINARY_F32] = {
        .params = 15,
        .ranges = ranges_binary_f32,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_BOUNDS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_walks2,
        .needs = needs_binary_f32,
    },
    [TINYML_COMPARE_F32] = {
        .params = 15,
        .ranges = ranges_compare_f32,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_walks2,
        .needs = needs_compare_f32,
    },
    [TINYML_SELECT_F32] = {
        .params = 19,
        .ranges = ranges_select_f32,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_walks3,
        .needs = needs_select_f32,
    },
    [TINYML_GATHER_F32] = {
        .params = 4,
        .ranges = ranges_gather_f32,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_gather_f32,
    },
    [TINYML_TOP_K_F32] = {
        .params = 6,
        .ranges = ranges_top_k_f32,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_top_k,
        .needs = needs_top_k_f32,
    },
    [TINYML_ONE_HOT_F32] = {
        .params = 3,
        .ranges = ranges_one_hot_f32,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_one_hot_f32,
    },
    [TINYML_RESIZE2D_F32] = {
        .params = 7,
        .ranges = ranges_resize2d_f32,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_resize2d_f32,
    },
    [TINYML_UNARY_F32] = {
        .params = 2,
        .ranges = ranges_unary_f32,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_ELEMENTS,
        .rule = NULL,
        .needs = needs_unary_f32,
    },
    [TINYML_ADD_S16] = {
        .params = 10,
        .ranges = ranges_add_s16,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 3,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_add_s16,
    },
    [TINYML_CONV2D_S16] = {
        .params = 18,
        .ranges = ranges_conv2d_s16,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_WIDE_SHIFTS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d,
        .needs = needs_conv2d_s16,
    },
    [TINYML_CONV_TRANSPOSE2D_S16] = {
        .params = 17,
        .ranges = ranges_conv_transpose2d_s16,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_WIDE_SHIFTS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv_transpose2d,
        .needs = needs_conv_transpose2d_s16,
    },
    [TINYML_COPY_S16] = {
        .params = 14,
        .ranges = ranges_copy_s16,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_copy,
        .needs = needs_copy_s16,
    },
    [TINYML_DEPTHWISE_CONV2D_S16] = {
        .params = 17,
        .ranges = ranges_depthwise_conv2d_s16,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_WIDE_SHIFTS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_depthwise_conv2d,
        .needs = needs_depthwise_conv2d_s16,
    },
    [TINYML_DEQUANTIZE_S16] = {
        .params = 1,
        .ranges = ranges_dequantize_s16,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_dequantize_s16,
    },
    [TINYML_FULLY_CONNECTED_S16] = {
        .params = 5,
        .ranges = ranges_fully_connected_s16,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_WIDE_SHIFTS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_fully_connected_s16,
    },
    [TINYML_LUT_S16] = {
        .params = 1,
        .ranges = ranges_lut_s16,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_lut_s16,
    },
    [TINYML_MAX_POOL2D_S16] = {
        .params = 16,
        .ranges = ranges_max_pool2d_s16,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_max_pool2d,
        .needs = needs_max_pool2d_s16,
    },
    [TINYML_MUL_S16] = {
        .params = 7,
        .ranges = ranges_mul_s16,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 3,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_mul_s16,
    },
    [TINYML_QUANTIZE_S16] = {
        .params = 1,
        .ranges = ranges_quantize_s16,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_quantize_s16,
    },
    [TINYML_REQUANTIZE_S16] = {
        .params = 5,
        .ranges = ranges_requantize_s16,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_requantize_s16,
    },
    [TINYML_REQUANTIZE_S16_S8] = {
        .params = 4,
        .ranges = ranges_requantize_s16_s8,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_requantize_s16_s8,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_requantize_s16_s8,
    },
    [TINYML_REQUANTIZE_S8_S16] = {
        .params = 4,
        .ranges = ranges_requantize_s8_s16,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_requantize_s8_s16,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_requantize_s8_s16,
    },
    [TINYML_RESIZE2D_S16] = {
        .params = 7,
        .ranges = ranges_resize2d_s16,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_resize2d_s16,
    },
    [TINYML_SOFTMAX_S16] = {
        .params = 4,
        .ranges = ranges_softmax_s16,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_softmax_s16,
    },
    [TINYML_MASKED_SOFTMAX_S16] = {
        .params = 11,
        .ranges = ranges_masked_softmax_s16,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_masked_rows,
        .needs = needs_masked_softmax_s16,
    },
    [TINYML_BATCH_MATMUL_S16] = {
        .params = 23,
        .ranges = ranges_batch_matmul_s16,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_matrices,
        .needs = needs_batch_matmul_s16,
    },
    [TINYML_NORMALIZE_S16] = {
        .params = 11,
        .ranges = ranges_normalize_s16,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_normalize,
        .needs = needs_normalize_s16,
    },
    [TINYML_SQRT_S16] = {
        .params = 3,
        .ranges = ranges_sqrt_s16,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int16_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_sqrt_s16,
    },
    [TINYML_CONV2D_SUMS_S8] = {
        .params = 16,
        .ranges = ranges_conv2d_sums_s8,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int32_t), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_IMAGES,
        .rule = tinyml_rule_conv2d,
        .needs = needs_conv2d_sums_s8,
    },
    [TINYML_CONV2D_INPUT_GRADIENT_S8] = {
        .params = 16,
        .ranges = ranges_conv2d_input_gradient_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int32_t), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_IMAGES,
        .rule = tinyml_rule_conv2d,
        .needs = needs_conv2d_input_gradient_s8,
    },
    [TINYML_CONV2D_WEIGHT_GRADIENT_S8] = {
        .params = 16,
        .ranges = ranges_conv2d_weight_gradient_s8,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(int32_t), TINYML_ANY, TINYML_SUMMED},
            {TINYML_OUTPUT, sizeof(int32_t), TINYML_ANY, TINYML_SUMMED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_IMAGES,
        .rule = tinyml_rule_conv2d,
        .needs = needs_conv2d_weight_gradient_s8,
    },
    [TINYML_CONV2D_SUMS_F32] = {
        .params = 16,
        .ranges = ranges_conv2d_sums_f32,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_IMAGES,
        .rule = tinyml_rule_conv2d,
        .needs = needs_conv2d_sums_f32,
    },
    [TINYML_CONV2D_INPUT_GRADIENT_F32] = {
        .params = 16,
        .ranges = ranges_conv2d_input_gradient_f32,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_IMAGES,
        .rule = tinyml_rule_conv2d,
        .needs = needs_conv2d_input_gradient_f32,
    },
    [TINYML_CONV2D_WEIGHT_GRADIENT_F32] = {
        .params = 16,
        .ranges = ranges_conv2d_weight_gradient_f32,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d,
        .needs = needs_conv2d_weight_gradient_f32,
    },
    [TINYML_RESCALE_S32] = {
        .params = 4,
        .ranges = ranges_rescale_s32,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_EXTENT},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_CHANNELS,
        .rule = NULL,
        .needs = needs_rescale_s32,
    },
    [TINYML_ADD_BIAS_F32] = {
        .params = 2,
        .ranges = ranges_add_bias_f32,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_BIASES,
        .rule = NULL,
        .needs = needs_add_bias_f32,
    },
    [TINYML_EXTENT_F32] = {
        .params = 1,
        .ranges = ranges_extent_f32,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_EXTENT},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_ELEMENTS,
        .rule = NULL,
        .needs = needs_extent_f32,
    },
    [TINYML_TRACK_RANGE_F32] = {
        .params = 3,
        .ranges = ranges_track_range_f32,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_track_range_f32,
    },
    [TINYML_ENCODE_S8] = {
        .params = 5,
        .ranges = ranges_encode_s8,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_BOUNDS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = tinyml_overlap_encode_s8,
        .unit = TINYML_BY_ELEMENTS,
        .rule = tinyml_rule_codes,
        .needs = needs_encode_s8,
    },
    [TINYML_DECODE_S8] = {
        .params = 1,
        .ranges = ranges_decode_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_ELEMENTS,
        .rule = NULL,
        .needs = needs_decode_s8,
    },
    [TINYML_ENCODE_WEIGHTS_S8] = {
        .params = 3,
        .ranges = ranges_encode_weights_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_encode_weights_s8,
    },
    [TINYML_DECODE_WEIGHTS_S8] = {
        .params = 2,
        .ranges = ranges_decode_weights_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_decode_weights_s8,
    },
    [TINYML_RECODE_WEIGHTS_S8] = {
        .params = 3,
        .ranges = ranges_recode_weights_s8,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_recode_weights_s8,
    },
    [TINYML_ADD_CODES_F32] = {
        .params = 1,
        .ranges = ranges_add_codes_f32,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_EXTENT},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_ELEMENTS,
        .rule = NULL,
        .needs = needs_add_codes_f32,
    },
    [TINYML_ACTIVATION_GRADIENT_S8] = {
        .params = 1,
        .ranges = ranges_activation_gradient_s8,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_BOUNDS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_EXTENT},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_ELEMENTS,
        .rule = NULL,
        .needs = needs_activation_gradient_s8,
    },
    [TINYML_ACTIVATION_GRADIENT_F32] = {
        .params = 1,
        .ranges = ranges_activation_gradient_f32,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_CONSTANT, sizeof(float), TINYML_BOUNDS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_EXTENT},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_ELEMENTS,
        .rule = NULL,
        .needs = needs_activation_gradient_f32,
    },
    [TINYML_CLIP_RANGE_F32] = {
        .params = 3,
        .ranges = ranges_clip_range_f32,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_clip_range_f32,
    },
    [TINYML_MAX_POOL2D_GRADIENT_S8] = {
        .params = 14,
        .ranges = ranges_max_pool2d_gradient_s8,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_IMAGES,
        .rule = tinyml_rule_max_pool2d,
        .needs = needs_max_pool2d_gradient_s8,
    },
    [TINYML_MAX_POOL2D_GRADIENT_F32] = {
        .params = 14,
        .ranges = ranges_max_pool2d_gradient_f32,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_IMAGES,
        .rule = tinyml_rule_max_pool2d,
        .needs = needs_max_pool2d_gradient_f32,
    },
    [TINYML_AVG_POOL2D_GRADIENT_F32] = {
        .params = 13,
        .ranges = ranges_avg_pool2d_gradient_f32,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_IMAGES,
        .rule = tinyml_rule_avg_pool2d,
        .needs = needs_avg_pool2d_gradient_f32,
    },
    [TINYML_BATCH_NORM_F32] = {
        .params = 2,
        .ranges = ranges_batch_norm_f32,
        .operand_count = 9,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_batch_norm_f32,
    },
    [TINYML_BATCH_NORM_GRADIENT_S8] = {
        .params = 2,
        .ranges = ranges_batch_norm_gradient_s8,
        .operand_count = 7,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_batch_norm_gradient_s8,
    },
    [TINYML_BATCH_NORM_GRADIENT_F32] = {
        .params = 2,
        .ranges = ranges_batch_norm_gradient_f32,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_batch_norm_gradient_f32,
    },
    [TINYML_BATCH_MATMUL_SUMS_S8] = {
        .params = 19,
        .ranges = ranges_batch_matmul_sums_s8,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_matrix_sums,
        .needs = needs_batch_matmul_sums_s8,
    },
    [TINYML_NORMALIZE_GRADIENT_F32] = {
        .params = 5,
        .ranges = ranges_normalize_gradient_f32,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_normalize_gradient_f32,
    },
    [TINYML_UNARY_GRADIENT_F32] = {
        .params = 2,
        .ranges = ranges_unary_gradient_f32,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_ELEMENTS,
        .rule = NULL,
        .needs = needs_unary_gradient_f32,
    },
    [TINYML_RECURRENT_CELL_F32] = {
        .params = 3,
        .ranges = ranges_recurrent_cell_f32,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_recurrent_cell_f32,
    },
    [TINYML_RECURRENT_CELL_GRADIENT_F32] = {
        .params = 3,
        .ranges = ranges_recurrent_cell_gradient_f32,
        .operand_count = 7,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_recurrent_cell_gradient_f32,
    },
    [TINYML_SOFTMAX_CROSS_ENTROPY_F32] = {
        .params = 2,
        .ranges = ranges_softmax_cross_entropy_f32,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_softmax_cross_entropy_f32,
    },
    [TINYML_SQUARED_ERROR_F32] = {
        .params = 1,
        .ranges = ranges_squared_error_f32,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_squared_error_f32,
    },
    [TINYML_ACCUMULATE_F32] = {
        .params = 1,
        .ranges = ranges_accumulate_f32,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_ELEMENTS,
        .rule = NULL,
        .needs = needs_accumulate_f32,
    },
    [TINYML_SGD_F32] = {
        .params = 1,
        .ranges = ranges_sgd_f32,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_ELEMENTS,
        .rule = NULL,
        .needs = needs_sgd_f32,
    },
    [TINYML_MOMENTUM_F32] = {
        .params = 1,
        .ranges = ranges_momentum_f32,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_ELEMENTS,
        .rule = NULL,
        .needs = needs_momentum_f32,
    },
    [TINYML_ADAM_F32] = {
        .params = 1,
        .ranges = ranges_adam_f32,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_ELEMENTS,
        .rule = NULL,
        .needs = needs_adam_f32,
    },
    [TINYML_SGD_S8] = {
        .params = 5,
        .ranges = ranges_sgd_s8,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_sgd_s8,
    },
    [TINYML_CONV2D_UPDATE_S8] = {
        .params = 19,
        .ranges = ranges_conv2d_update_s8,
        .operand_count = 9,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d,
        .needs = needs_conv2d_update_s8,
    },
    [TINYML_CONV2D_ACCUMULATE_S8] = {
        .params = 16,
        .ranges = ranges_conv2d_accumulate_s8,
        .operand_count = 8,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d,
        .needs = needs_conv2d_accumulate_s8,
    },
    [TINYML_INSIDE_BITS_S8] = {
        .params = 2,
        .ranges = ranges_inside_bits_s8,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_BOUNDS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_inside_bits_s8,
    },
    [TINYML_MASKED_GRADIENT_F32] = {
        .params = 2,
        .ranges = ranges_masked_gradient_f32,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_masked_gradient_f32,
    },
    [TINYML_CONV2D_ENCODE_S8] = {
        .params = 22,
        .ranges = ranges_conv2d_encode_s8,
        .operand_count = 9,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_BOUNDS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d_parts,
        .needs = needs_conv2d_encode_s8,
    },
    [TINYML_CONV2D_INPUT_GRADIENT_EXTENT_S8] = {
        .params = 22,
        .ranges = ranges_conv2d_input_gradient_extent_s8,
        .operand_count = 10,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d_kept,
        .needs = needs_conv2d_input_gradient_extent_s8,
    },
    [TINYML_CONV2D_INPUT_GRADIENT_ENCODE_S8] = {
        .params = 24,
        .ranges = ranges_conv2d_input_gradient_encode_s8,
        .operand_count = 11,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d_kept,
        .needs = needs_conv2d_input_gradient_encode_s8,
    },
    [TINYML_CONV2D_INPUT_GRADIENT_ADD_S8] = {
        .params = 19,
        .ranges = ranges_conv2d_input_gradient_add_s8,
        .operand_count = 7,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d_parts,
        .needs = needs_conv2d_input_gradient_add_s8,
    },
    [TINYML_AVG_POOL2D_GRADIENT_EXTENT_F32] = {
        .params = 16,
        .ranges = ranges_avg_pool2d_gradient_extent_f32,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_avg_pool2d,
        .needs = needs_avg_pool2d_gradient_extent_f32,
    },
    [TINYML_AVG_POOL2D_GRADIENT_ENCODE_F32] = {
        .params = 18,
        .ranges = ranges_avg_pool2d_gradient_encode_f32,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_avg_pool2d,
        .needs = needs_avg_pool2d_gradient_encode_f32,
    },
    [TINYML_AVG_POOL2D_DECODE_S8] = {
        .params = 13,
        .ranges = ranges_avg_pool2d_decode_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_avg_pool2d,
        .needs = needs_avg_pool2d_decode_s8,
    },
    [TINYML_COMPENSATION_F32] = {
        .params = 2,
        .ranges = ranges_compensation_f32,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_compensation_f32,
    },
    [TINYML_COMPENSATION_GRADIENT_F32] = {
        .params = 1,
        .ranges = ranges_compensation_gradient_f32,
        .operand_count = 8,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_compensation_gradient_f32,
    },
    [TINYML_TIED_COMPENSATION_F32] = {
        .params = 2,
        .ranges = ranges_tied_compensation_f32,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_tied_compensation_f32,
    },
    [TINYML_SUM_ROWS_F32] = {
        .params = 2,
        .ranges = ranges_sum_rows_f32,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_sum_rows_f32,
    },
    [TINYML_PATCH_STATISTICS_S8] = {
        .params = 6,
        .ranges = ranges_patch_statistics_s8,
        .operand_count = 5,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_SHIFTS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_patches,
        .needs = needs_patch_statistics_s8,
    },
    [TINYML_GATE_PATCHES_S8] = {
        .params = 5,
        .ranges = ranges_gate_patches_s8,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_gate_patches_s8,
    },
    [TINYML_LIST_TILES_S32] = {
        .params = 6,
        .ranges = ranges_list_tiles_s32,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_list_tiles_s32,
    },
    [TINYML_DILATE_TILES_S32] = {
        .params = 13,
        .ranges = ranges_dilate_tiles_s32,
        .operand_count = 2,
        .operands =
        {
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_windows,
        .needs = needs_dilate_tiles_s32,
    },
    [TINYML_UNITE_TILES_S32] = {
        .params = 3,
        .ranges = ranges_unite_tiles_s32,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_unite_tiles_s32,
    },
    [TINYML_COPY_TILES_S8] = {
        .params = 4,
        .ranges = ranges_copy_tiles_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_copy_tiles_s8,
    },
    [TINYML_CONV2D_TILES_S8] = {
        .params = 21,
        .ranges = ranges_conv2d_tiles_s8,
        .operand_count = 7,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_SHIFTS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d,
        .needs = needs_conv2d_tiles_s8,
    },
    [TINYML_DEPTHWISE_CONV2D_TILES_S8] = {
        .params = 20,
        .ranges = ranges_depthwise_conv2d_tiles_s8,
        .operand_count = 7,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_SHIFTS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_depthwise_conv2d,
        .needs = needs_depthwise_conv2d_tiles_s8,
    },
    [TINYML_ADD_TILES_S8] = {
        .params = 16,
        .ranges = ranges_add_tiles_s8,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 3,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_add_tiles,
        .needs = needs_add_tiles_s8,
    },
    [TINYML_MUL_TILES_S8] = {
        .params = 13,
        .ranges = ranges_mul_tiles_s8,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 3,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_mul_tiles,
        .needs = needs_mul_tiles_s8,
    },
    [TINYML_LUT_TILES_S8] = {
        .params = 4,
        .ranges = ranges_lut_tiles_s8,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 1,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_lut_tiles,
        .needs = needs_lut_tiles_s8,
    },
    [TINYML_MAX_POOL2D_TILES_S8] = {
        .params = 17,
        .ranges = ranges_max_pool2d_tiles_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_max_pool2d,
        .needs = needs_max_pool2d_tiles_s8,
    },
    [TINYML_AVG_POOL2D_TILES_S8] = {
        .params = 17,
        .ranges = ranges_avg_pool2d_tiles_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_avg_pool2d,
        .needs = needs_avg_pool2d_tiles_s8,
    },
    [TINYML_MEAN_POOL2D_TILES_S8] = {
        .params = 21,
        .ranges = ranges_mean_pool2d_tiles_s8,
        .operand_count = 3,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_max_pool2d,
        .needs = needs_mean_pool2d_tiles_s8,
    },
    [TINYML_PATCH_STATISTICS_F32] = {
        .params = 5,
        .ranges = ranges_patch_statistics_f32,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_IMAGES,
        .rule = NULL,
        .needs = needs_patch_statistics_f32,
    },
    [TINYML_PATCH_MASK_F32] = {
        .params = 4,
        .ranges = ranges_patch_mask_f32,
        .operand_count = 6,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_patch_mask_f32,
    },
    [TINYML_PATCH_MASK_GRADIENT_F32] = {
        .params = 2,
        .ranges = ranges_patch_mask_gradient_f32,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_patch_mask_gradient_f32,
    },
    [TINYML_PATCH_MIX_F32] = {
        .params = 6,
        .ranges = ranges_patch_mix_f32,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_IMAGES,
        .rule = NULL,
        .needs = needs_patch_mix_f32,
    },
    [TINYML_PATCH_MIX_GRADIENT_F32] = {
        .params = 6,
        .ranges = ranges_patch_mix_gradient_f32,
        .operand_count = 4,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SLICED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_IMAGES,
        .rule = NULL,
        .needs = needs_patch_mix_gradient_f32,
    },
    [TINYML_PATCH_CONTRAST_F32] = {
        .params = 4,
        .ranges = ranges_patch_contrast_f32,
        .operand_count = 10,
        .operands =
        {
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_INPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(float), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = NULL,
        .needs = needs_patch_contrast_f32,
    },
    [TINYML_CONV2D_S4] = {
        .params = 23,
        .ranges = ranges_conv2d_s4,
        .operand_count = 7,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_FACTORS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_SHIFTS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_conv2d_s4,
        .needs = needs_conv2d_s4,
    },
    [TINYML_FULLY_CONNECTED_S4] = {
        .params = 12,
        .ranges = ranges_fully_connected_s4,
        .operand_count = 7,
        .operands =
        {
            {TINYML_INPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int8_t), TINYML_FACTORS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_ANY, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_MULTIPLIERS, TINYML_SHARED},
            {TINYML_CONSTANT, sizeof(int32_t), TINYML_SHIFTS, TINYML_SHARED},
            {TINYML_OUTPUT, sizeof(int8_t), TINYML_ANY, TINYML_SHARED},
        },
        .in_place = 0,
        .overlap = NULL,
        .unit = TINYML_BY_NOTHING,
        .rule = tinyml_rule_fully_connected_s4,
        .needs = needs_fully_connected_s4,
    },
};
