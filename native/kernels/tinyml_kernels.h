/* Written by `npm run generate` from src/program/kernels/. */
/*
 * tinyml kernels: one declaration for host and microcontroller, C11.
 *
 * Conventions
 * - Tensors are channels-last and row-major: activations [batch][height][width][channels],
 *   convolution weights [out][kh][kw][in / groups], depthwise weights [kh][kw][channels],
 *   fully connected weights [out][in].
 * - real = scale * (q - zero_point). `input_offset` is minus the input zero point, `output_offset` is plus
 *   the output zero point. Weights have zero point 0.
 * - Requantisation is TFLite's double rounding: a rounding doubling high multiply by a Q31 multiplier, then a
 *   rounding right shift; `shift` is signed, positive = left, in [-31, 30]. A multiplier is in [2^30, 2^31), or 0 with a
 *   shift of 0. One multiplier per output channel when `per_channel` is 1, one for all when it is 0.
 * - Codes of 16 bits have zero point 0. Sums of products with them have 64 bits and are rounded once, ties up, as TFLite's: times
 *   the multiplier in 16 bits, then a shift; `shift` is in [-31, 7] there.
 * - `padding` names the top and left only; the bottom and right follow from the output size.
 * - A float32 sum is a chain of fused multiply-adds from the bias on, by kernel row, kernel column and input channel;
 *   taps in the padding multiply zero. `bounds` are two floats, the lowest and the highest output, infinite where there
 *   is none; NaN stays NaN, whatever its payload. No floating-point contraction: compile with -ffp-contract=off.
 * - `tiles` is a list of the pixels that a kernel computes (generic/tinyml_tiles.h); the others keep their bytes.
 * - Every function writes all of its output (or its own part of it), never allocates, holds no state, and takes
 *   `scratch` with at least the bytes that the plan reserves (may be NULL when that is 0), aligned to 16 bytes.
 *
 * Training
 *
 * - A quantiser is four floats in memory that may change from step to step: scale, 1 / scale, zero point, 0.
 *   real = scale * (code - zero point).
 * - An extent is two floats, the least and the greatest value of a tensor, 0 for -0, NaN passed over; +infinity and
 *   -infinity before any.
 * - Outputs that are said to be updated are read and written.
 */
#ifndef TINYML_KERNELS_H
#define TINYML_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Convolution, any number of groups. weights [out_channels][kernel_h][kernel_w][in_channels / groups]. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, groups, input_offset, output_offset, act_min, act_max;
} tinyml_conv2d_s8_params;
void tinyml_conv2d_s8(const tinyml_conv2d_s8_params *params, const int8_t *input, const int8_t *weights,
                      const int32_t *bias, const int32_t *multiplier, const int32_t *shift, int8_t *output,
                      void *scratch);

/* Depthwise convolution: output channel c reads input channel c / depth_multiplier. weights
 * [kernel_h][kernel_w][channels * depth_multiplier]. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, depth_multiplier, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, input_offset, output_offset, act_min, act_max;
} tinyml_depthwise_conv2d_s8_params;
void tinyml_depthwise_conv2d_s8(const tinyml_depthwise_conv2d_s8_params *params, const int8_t *input,
                                const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                                const int32_t *shift, int8_t *output, void *scratch);

/* Transposed convolution, groups 1. weights [out_channels][kernel_h][kernel_w][in_channels]. Output row of input row i
 * and kernel row k: i * stride_h + k * dilation_h - pad_top. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, input_offset, output_offset, act_min, act_max;
} tinyml_conv_transpose2d_s8_params;
void tinyml_conv_transpose2d_s8(const tinyml_conv_transpose2d_s8_params *params, const int8_t *input,
                                const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                                const int32_t *shift, int8_t *output, void *scratch);

/* rows x in_features times [out_features][in_features]. */
typedef struct {
  int32_t rows, in_features, out_features, per_channel, input_offset, output_offset, act_min, act_max;
} tinyml_fully_connected_s8_params;
void tinyml_fully_connected_s8(const tinyml_fully_connected_s8_params *params, const int8_t *input,
                               const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                               const int32_t *shift, int8_t *output, void *scratch);

/* Convolution with the weights of two output channels in one int16, for cores with DSP instructions: the bytes of
 * conv2d_s8. table: a block for each two channels, [bias, bias + 256 * bias of the second, words, and for each channel
 * a doubled multiplier and a power of two]. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, words, room, input_zero_point, output_zero_point, act_min, act_max;
} tinyml_conv2d_pairs_s8_params;
void tinyml_conv2d_pairs_s8(const tinyml_conv2d_pairs_s8_params *params, const int8_t *input, const int32_t *table,
                            int8_t *output, void *scratch);

/* Convolution of several groups, for cores with DSP instructions: the bytes of conv2d_s8. For `band` rows of outputs at
 * a time each group is a convolution. table: those of conv2d_pairs_s8 for all groups. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, words, room, input_zero_point, output_zero_point, act_min, act_max,
      groups, group_channels, band;
} tinyml_conv2d_groups_pairs_s8_params;
void tinyml_conv2d_groups_pairs_s8(const tinyml_conv2d_groups_pairs_s8_params *params, const int8_t *input,
                                   const int32_t *table, int8_t *output, void *scratch);

/* Transposed convolution, for cores with DSP instructions: the bytes of conv_transpose2d_s8. For each of stride_h row
 * phases and of the column phases (stride_w, or one of all columns together) the outputs a stride apart are a
 * convolution. table: those of conv2d_pairs_s8 for all phases. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels, kernel_h, kernel_w, stride_h, stride_w, pad_top,
      pad_left, phase_channels, phases, words, room, input_zero_point, output_zero_point, act_min, act_max;
} tinyml_conv_transpose2d_pairs_s8_params;
void tinyml_conv_transpose2d_pairs_s8(const tinyml_conv_transpose2d_pairs_s8_params *params, const int8_t *input,
                                      const int32_t *table, int8_t *output, void *scratch);

/* One row times [out_features][in_features], the weights of two output features in one int16 and eight features at a
 * time, for cores with DSP instructions: the bytes of fully_connected_s8. table: a block for each eight features, [4
 * biases, 4 of those + 256 * bias of the second, for each two inputs 4 words]. */
typedef struct {
  int32_t in_features, out_features, per_channel, words, room, output_zero_point, act_min, act_max;
} tinyml_fully_connected_pairs_s8_params;
void tinyml_fully_connected_pairs_s8(const tinyml_fully_connected_pairs_s8_params *params, const int8_t *input,
                                     const int32_t *table, const int32_t *scales, int8_t *output, void *scratch);

/* Convolution with weights in vectors of sixteen, two output channels beside each other, for cores with vector
 * instructions: the bytes of conv2d_s8. weights: for each two channels and sixteen inputs of a window [2][16]; scales:
 * for each eight channels [8 biases, 8 multipliers, 8 powers of two], even channels before odd ones. */
typedef tinyml_conv2d_pairs_s8_params tinyml_conv2d_vectors_s8_params;
void tinyml_conv2d_vectors_s8(const tinyml_conv2d_vectors_s8_params *params, const int8_t *input, const int8_t *weights,
                              const int32_t *scales, int8_t *output, void *scratch);

/* Convolution of several groups, for cores with vector instructions: as conv2d_groups_pairs_s8, with the constants of
 * conv2d_vectors_s8 for all groups. */
typedef tinyml_conv2d_groups_pairs_s8_params tinyml_conv2d_groups_vectors_s8_params;
void tinyml_conv2d_groups_vectors_s8(const tinyml_conv2d_groups_vectors_s8_params *params, const int8_t *input,
                                     const int8_t *weights, const int32_t *scales, int8_t *output, void *scratch);

/* Transposed convolution, for cores with vector instructions: as conv_transpose2d_pairs_s8, with the constants of
 * conv2d_vectors_s8 for all phases. */
typedef tinyml_conv_transpose2d_pairs_s8_params tinyml_conv_transpose2d_vectors_s8_params;
void tinyml_conv_transpose2d_vectors_s8(const tinyml_conv_transpose2d_vectors_s8_params *params, const int8_t *input,
                                        const int8_t *weights, const int32_t *scales, int8_t *output, void *scratch);

/* Convolution with the weights of two output channels beside each other and windows as words of 32 bits, for cores
 * without DSP instructions: the bytes of conv2d_s8 where its outputs are clamped to nothing but int8. table: a block
 * for each two channels, [2 biases, words of weights: a byte of each channel for each input, and for each channel a
 * doubled multiplier and a power of two]. */
typedef tinyml_conv2d_pairs_s8_params tinyml_conv2d_words_s8_params;
void tinyml_conv2d_words_s8(const tinyml_conv2d_words_s8_params *params, const int8_t *input, const int32_t *table,
                            int8_t *output, void *scratch);

/* One row times [out_features][in_features], weights in vectors of sixteen and eight features at a time, for cores with
 * vector instructions: the bytes of fully_connected_s8. weights: for each eight features and sixteen inputs [8][16], of
 * which the first are those that are left over; bias: [8] for each eight; scales: [8 multipliers, 8 powers of two] for
 * each of the scaled eights; even features before odd ones. */
typedef struct {
  int32_t in_features, out_features, scaled, output_zero_point, act_min, act_max;
} tinyml_fully_connected_vectors_s8_params;
void tinyml_fully_connected_vectors_s8(const tinyml_fully_connected_vectors_s8_params *params, const int8_t *input,
                                       const int8_t *weights, const int32_t *bias, const int32_t *scales,
                                       int8_t *output, void *scratch);

/* One row times [out_features][in_features], eight features at a time, for cores without DSP instructions: the bytes of
 * fully_connected_s8 where its outputs are clamped to nothing but int8. weights: for each eight features
 * [in_features][8]. */
typedef struct {
  int32_t in_features, out_features, per_channel, output_zero_point;
} tinyml_fully_connected_words_s8_params;
void tinyml_fully_connected_words_s8(const tinyml_fully_connected_words_s8_params *params, const int8_t *input,
                                     const int8_t *weights, const int32_t *bias, const int32_t *scales, int8_t *output,
                                     void *scratch);

/* Elementwise sum of two tensors of equal shape, each times a factor; may run in place on either input. Sums are int32
 * with 22 bits behind the code; zero points and half a code are in the bias. */
typedef struct {
  int32_t size, factor1, factor2, bias, act_min, act_max;
} tinyml_weighted_sum_s8_params;
void tinyml_weighted_sum_s8(const tinyml_weighted_sum_s8_params *params, const int8_t *input1, const int8_t *input2,
                            int8_t *output, void *scratch);

/* Depthwise convolution of 3x3 that lays four channels at a time out as planes of int16, for cores with DSP
 * instructions: the bytes of depthwise_conv2d_s8. weights [kernel_h][kernel_w][in_channels]; scales: for each channel a
 * doubled multiplier and a power of two. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left, band,
      transposed, room, input_offset, output_zero_point, act_min, act_max;
} tinyml_depthwise_conv2d_planes_s8_params;
void tinyml_depthwise_conv2d_planes_s8(const tinyml_depthwise_conv2d_planes_s8_params *params, const int8_t *input,
                                       const int8_t *weights, const int32_t *bias, const int32_t *scales,
                                       int8_t *output, void *scratch);

/* depthwise_conv2d_planes_s8 for windows of 5x5 and 7x7. */
typedef tinyml_depthwise_conv2d_planes_s8_params tinyml_depthwise_conv2d_large_planes_s8_params;
void tinyml_depthwise_conv2d_large_planes_s8(const tinyml_depthwise_conv2d_large_planes_s8_params *params,
                                             const int8_t *input, const int8_t *weights, const int32_t *bias,
                                             const int32_t *scales, int8_t *output, void *scratch);

/* Depthwise convolution of 3x3 that lays sixteen channels at a time out in columns of pixels, for cores with vectors:
 * the bytes of depthwise_conv2d_s8. weights [in_channels][kernel_w][kernel_h]; bias: with the products of weights and
 * the zero point of the input. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left, band,
      span, room, input_zero_point, output_zero_point, act_min, act_max;
} tinyml_depthwise_conv2d_columns_s8_params;
void tinyml_depthwise_conv2d_columns_s8(const tinyml_depthwise_conv2d_columns_s8_params *params, const int8_t *input,
                                        const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                                        const int32_t *shift, int8_t *output, void *scratch);

/* Depthwise convolution that lays eight channels at a time out in rows of their own, for cores with vectors: the bytes
 * of depthwise_conv2d_s8. weights [in_channels][kernel_h][kernel_w], rows of up to sixteen; bias: with the products of
 * weights and the zero point of the input. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left, band,
      span, room, input_zero_point, output_zero_point, act_min, act_max;
} tinyml_depthwise_conv2d_rows_s8_params;
void tinyml_depthwise_conv2d_rows_s8(const tinyml_depthwise_conv2d_rows_s8_params *params, const int8_t *input,
                                     const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                                     const int32_t *shift, int8_t *output, void *scratch);

/* Elementwise sum of two tensors of equal shape; may run in place on either input. a = requantise((a + input1_offset)
 * << left_shift, input1), likewise b; sum requantised by `output`. */
typedef struct {
  int32_t size, left_shift, input1_offset, input1_multiplier, input1_shift, input2_offset, input2_multiplier,
      input2_shift, output_offset, output_multiplier, output_shift, act_min, act_max;
} tinyml_add_s8_params;
void tinyml_add_s8(const tinyml_add_s8_params *params, const int8_t *input1, const int8_t *input2, int8_t *output,
                   void *scratch);

/* Elementwise product. input2 has the same shape (outer = batch * h * w positions, repeat = 1), or one row of
 * `channels` values for every `repeat` positions of input1 (squeeze-excite: repeat = h * w). input1 and output:
 * [outer][channels]; input2: [outer / repeat][channels]. */
typedef struct {
  int32_t outer, channels, repeat, input1_offset, input2_offset, output_offset, output_multiplier, output_shift,
      act_min, act_max;
} tinyml_mul_s8_params;
void tinyml_mul_s8(const tinyml_mul_s8_params *params, const int8_t *input1, const int8_t *input2, int8_t *output,
                   void *scratch);

/* Average over the valid window (padding is not counted), or over the whole window when count_include_pad is 1 (padding
 * then counts as real zero, -input_offset). Equal scales in and out. */
typedef struct {
  int32_t batch, in_h, in_w, channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left,
      count_include_pad, input_offset, act_min, act_max;
} tinyml_avg_pool2d_s8_params;
void tinyml_avg_pool2d_s8(const tinyml_avg_pool2d_s8_params *params, const int8_t *input, int8_t *output,
                          void *scratch);

/* sums[c] = before[c] + the sum of input[p][c] over the positions; `before` is taken for zero, and not read, where
 * is_first is 1. In place allowed. */
typedef struct {
  int32_t positions, channels, is_first;
} tinyml_pool_sums_s8_params;
void tinyml_pool_sums_s8(const tinyml_pool_sums_s8_params *params, const int8_t *input, const int32_t *before,
                         int32_t *sums, void *scratch);

/* output[c] = sums[c] / count, halves away from zero, between act_min and act_max. Equal scales in and out. */
typedef struct {
  int32_t channels, count, act_min, act_max;
} tinyml_average_sums_s8_params;
void tinyml_average_sums_s8(const tinyml_average_sums_s8_params *params, const int32_t *sums, int8_t *output,
                            void *scratch);

/* output[c] = sums[c] + sum_offset, requantised by multiplier and shift, plus output_offset, between act_min and
 * act_max. */
typedef struct {
  int32_t channels, sum_offset, output_offset, multiplier, shift, act_min, act_max;
} tinyml_requantize_sums_s8_params;
void tinyml_requantize_sums_s8(const tinyml_requantize_sums_s8_params *params, const int32_t *sums, int8_t *output,
                               void *scratch);

/* Maximum over the valid window. Equal scales in and out. */
typedef struct {
  int32_t batch, in_h, in_w, channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w,
      pad_top, pad_left, act_min, act_max;
} tinyml_max_pool2d_s8_params;
void tinyml_max_pool2d_s8(const tinyml_max_pool2d_s8_params *params, const int8_t *input, int8_t *output,
                          void *scratch);

/* Average into a scale of its own: the sum of input + input_offset over the window, in which the padding is zero, times
 * multiplier and shift, which hold the number of positions too. */
typedef struct {
  int32_t batch, in_h, in_w, channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w,
      pad_top, pad_left, input_offset, output_offset, act_min, act_max, multiplier, shift;
} tinyml_mean_pool2d_s8_params;
void tinyml_mean_pool2d_s8(const tinyml_mean_pool2d_s8_params *params, const int8_t *input, int8_t *output,
                           void *scratch);

/* Softmax of `rows` rows of `row_size`; output scale 1/256, zero point -128 (TFLite fixed point). */
typedef struct {
  int32_t rows, row_size, multiplier, shift, diff_min;
} tinyml_softmax_s8_params;
void tinyml_softmax_s8(const tinyml_softmax_s8_params *params, const int8_t *input, int8_t *output, void *scratch);

/* Softmax of outer0 * outer1 * outer2 rows of `row_size` over the elements whose code in the mask is at least
 * `mask_least`; the others, and rows without any, are -128. Rows of the mask lie at any strides. */
typedef struct {
  int32_t outer0, outer1, outer2, row_size, mask_start, mask_stride0, mask_stride1, mask_stride2, mask_least,
      multiplier, shift, diff_min;
} tinyml_masked_softmax_s8_params;
void tinyml_masked_softmax_s8(const tinyml_masked_softmax_s8_params *params, const int8_t *input, const int8_t *mask,
                              int8_t *output, void *scratch);

/* Logarithm of the softmax over the axis `size`: with d the codes by which an element is below the largest and s the
 * sum of exponentials[d], output = requantise(differences[d] - log(s / 2^bits)), in steps of 2^-20; s wraps at 32 bits,
 * and 0 is taken for 1. The logarithm of (1 + i / 256) * 2^n is logs[i] + n * log 2, between these straight. */
typedef struct {
  int32_t outer, size, inner, bits, output_offset, output_multiplier, output_shift, act_min, act_max;
} tinyml_log_softmax_s8_params;
void tinyml_log_softmax_s8(const tinyml_log_softmax_s8_params *params, const int8_t *input, const int32_t *differences,
                           const int32_t *exponentials, const int32_t *logs, int8_t *output, void *scratch);

/* Products of batch0 * batch1 matrices: rows x depth times depth x columns. Operands lie at any strides (a stride of 0
 * shares a matrix); columns of the output side by side. */
typedef struct {
  int32_t batch0, batch1, rows, columns, depth, left_start, left_batch0, left_batch1, left_row, left_depth, right_start,
      right_batch0, right_batch1, right_column, right_depth, output_start, output_batch0, output_batch1, output_row,
      room, left_offset, right_offset, output_offset, multiplier, shift, act_min, act_max;
} tinyml_batch_matmul_s8_params;
void tinyml_batch_matmul_s8(const tinyml_batch_matmul_s8_params *params, const int8_t *left, const int8_t *right,
                            int8_t *output, void *scratch);

/* Attention of batch0 * batch1 heads: the softmax of rows of scores (products of `rows` queries and `columns` keys of
 * `depth` channels, those that the mask lets count), times the values. No more than two rows of scores exist at a time.
 * Operands lie at any strides. */
typedef struct {
  int32_t batch0, batch1, rows, columns, depth, values, query_start, query_batch0, query_batch1, query_channel,
      query_token, key_start, key_batch0, key_batch1, key_channel, key_token, value_start, value_batch0, value_batch1,
      value_channel, value_token, mask_start, mask_batch0, mask_batch1, mask_row, mask_column, output_start,
      output_batch0, output_batch1, output_channel, output_token, mask_least, query_offset, key_offset, value_offset,
      score_offset, score_multiplier, score_shift, score_min, score_max, tabled, output_offset, multiplier, shift,
      act_min, act_max, room;
} tinyml_attention_s8_params;
void tinyml_attention_s8(const tinyml_attention_s8_params *params, const int8_t *query, const int8_t *key,
                         const int8_t *value, const int8_t *mask, const int32_t *exponentials, const int8_t *table,
                         int8_t *output, void *scratch);

/* Linear attention of batch0 * batch1 heads: products of values and keys, summed over tokens in int32, times each
 * query, over the sum of weights. Operands lie at any strides. */
typedef struct {
  int32_t batch0, batch1, tokens, keys, values, query_start, query_batch0, query_batch1, query_channel, query_token,
      key_start, key_batch0, key_batch1, key_channel, key_token, value_start, value_batch0, value_batch1, value_channel,
      value_token, output_start, output_batch0, output_batch1, output_channel, output_token, query_offset, key_offset,
      value_offset, epsilon, output_offset, multiplier, shift, act_min, act_max;
} tinyml_linear_attention_s8_params;
void tinyml_linear_attention_s8(const tinyml_linear_attention_s8_params *params, const int8_t *query, const int8_t *key,
                                const int8_t *value, int8_t *output, void *scratch);

/* Normalisation of each group of each image by its mean (if centred) and variance, then gamma (Q30) and beta (Q20) for
 * each channel of it. input, output: [batch][positions][groups][channels]. */
typedef struct {
  int32_t batch, positions, groups, channels, centred, epsilon, epsilon_shift, input_offset, output_offset, act_min,
      act_max, multiplier, shift;
} tinyml_normalize_s8_params;
void tinyml_normalize_s8(const tinyml_normalize_s8_params *params, const int8_t *input, const int32_t *gamma,
                         const int32_t *beta, int8_t *output, void *scratch);

/* LSTM over a sequence, gates i, o, f, c. Sums become 2^-11, gates 2^-15 by a table and straight lines; cell states are
 * int16. output: [steps][directions][batch][hidden], of which one direction is written. */
typedef struct {
  int32_t steps, batch, input_size, hidden, directions, direction, reverse, hidden_multiplier, hidden_shift,
      output_offset, cell_multiplier, cell_shift, tangent_multiplier, tangent_shift;
} tinyml_lstm_s8_params;
void tinyml_lstm_s8(const tinyml_lstm_s8_params *params, const int8_t *input, const int8_t *initial_h,
                    const int16_t *initial_c, const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                    const int32_t *shift, const int8_t *recurrent_weights, const int32_t *recurrent_bias,
                    const int32_t *recurrent_multiplier, const int32_t *recurrent_shift, const int16_t *table,
                    int8_t *output, int16_t *last_c, void *scratch);

/* GRU over a sequence, gates z, r, h. Sums become 2^-11, gates 2^-15 by a table and straight lines; states are int16 in
 * 2^-15. output: [steps][directions][batch][hidden], of which one direction is written. */
typedef struct {
  int32_t steps, batch, input_size, hidden, directions, direction, reverse, hidden_multiplier, hidden_shift,
      output_offset, linear_before_reset;
} tinyml_gru_s8_params;
void tinyml_gru_s8(const tinyml_gru_s8_params *params, const int8_t *input, const int16_t *initial_h,
                   const int8_t *weights, const int32_t *bias, const int32_t *multiplier, const int32_t *shift,
                   const int8_t *recurrent_weights, const int32_t *recurrent_bias, const int32_t *recurrent_multiplier,
                   const int32_t *recurrent_shift, const int16_t *table, int8_t *output, int16_t *last_h,
                   void *scratch);

/* Recurrent layer with tanh over a sequence. Sums become 2^-11, tanh 2^-15 by a table and straight lines. output:
 * [steps][directions][batch][hidden], of which one direction is written. */
typedef struct {
  int32_t steps, batch, input_size, hidden, directions, direction, reverse, hidden_multiplier, hidden_shift,
      output_offset;
} tinyml_rnn_s8_params;
void tinyml_rnn_s8(const tinyml_rnn_s8_params *params, const int8_t *input, const int8_t *initial_h,
                   const int8_t *weights, const int32_t *bias, const int32_t *multiplier, const int32_t *shift,
                   const int8_t *recurrent_weights, const int32_t *recurrent_bias, const int32_t *recurrent_multiplier,
                   const int32_t *recurrent_shift, const int16_t *table, int8_t *output, void *scratch);

/* lstm_s8 of int16 inputs and hidden states: products with int8 weights in 64-bit sums; cell states are int32 within a
 * run, their codes shifted left by 16. */
typedef struct {
  int32_t steps, batch, input_size, hidden, directions, direction, reverse, hidden_multiplier, hidden_shift,
      cell_multiplier, cell_shift, tangent_multiplier, tangent_shift;
} tinyml_lstm_s16_params;
void tinyml_lstm_s16(const tinyml_lstm_s16_params *params, const int16_t *input, const int16_t *initial_h,
                     const int16_t *initial_c, const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                     const int32_t *shift, const int8_t *recurrent_weights, const int32_t *recurrent_bias,
                     const int32_t *recurrent_multiplier, const int32_t *recurrent_shift, const int16_t *table,
                     int16_t *output, int16_t *last_c, void *scratch);

/* gru_s8 of int16 inputs and outputs: products with int8 weights in 64-bit sums. */
typedef struct {
  int32_t steps, batch, input_size, hidden, directions, direction, reverse, hidden_multiplier, hidden_shift,
      linear_before_reset;
} tinyml_gru_s16_params;
void tinyml_gru_s16(const tinyml_gru_s16_params *params, const int16_t *input, const int16_t *initial_h,
                    const int8_t *weights, const int32_t *bias, const int32_t *multiplier, const int32_t *shift,
                    const int8_t *recurrent_weights, const int32_t *recurrent_bias, const int32_t *recurrent_multiplier,
                    const int32_t *recurrent_shift, const int16_t *table, int16_t *output, int16_t *last_h,
                    void *scratch);

/* Local response normalisation over channels: the power of the sum of squares is a mantissa, interpolated in a table,
 * and a multiplier for its exponent. input, output: [positions][channels]. */
typedef struct {
  int32_t positions, channels, before, after, alpha, bias, bias_shift, input_offset, output_offset, act_min, act_max;
} tinyml_lrn_s8_params;
void tinyml_lrn_s8(const tinyml_lrn_s8_params *params, const int8_t *input, const int32_t *mantissas,
                   const int32_t *multiplier, const int32_t *shift, int8_t *output, void *scratch);

/* output[i] = table[input[i] + 128]: every unary function of one int8 (activations, requantisation). In place allowed.
 * */
typedef struct {
  int32_t size;
} tinyml_lut_s8_params;
void tinyml_lut_s8(const tinyml_lut_s8_params *params, const int8_t *input, const int8_t *table, int8_t *output,
                   void *scratch);

/* Strided copy of a box of size0 x size1 x size2 x size3 elements: transpose, slice, split, concat, pad interior. in:
 * in_offset + sum(index_k * in_stride_k); out likewise. Strides may be negative. */
typedef struct {
  int32_t size0, size1, size2, size3, in_offset, in_stride0, in_stride1, in_stride2, in_stride3, out_offset,
      out_stride0, out_stride1, out_stride2, out_stride3;
} tinyml_copy_s8_params;
void tinyml_copy_s8(const tinyml_copy_s8_params *params, const int8_t *input, int8_t *output, void *scratch);

/* output[0 .. size) = value (padding before a copy). */
typedef struct {
  int32_t size, value;
} tinyml_fill_s8_params;
void tinyml_fill_s8(const tinyml_fill_s8_params *params, int8_t *output, void *scratch);

/* y[i] = x[i] for i in 0 .. size - 1, wherever y lies over x: a tensor to where what follows leaves room for it. */
typedef struct {
  int32_t size;
} tinyml_move_s8_params;
void tinyml_move_s8(const tinyml_move_s8_params *params, const int8_t *input, int8_t *output, void *scratch);

/* buffer[i] = buffer[i + from] for i in 0 .. size - 1, in this order: the rows of an image that the next rows of a
 * layer still need. */
typedef struct {
  int32_t from, size;
} tinyml_shift_s8_params;
void tinyml_shift_s8(const tinyml_shift_s8_params *params, int8_t *buffer, void *scratch);

/* shift_s8 of 16-bit codes: buffer[i] = buffer[i + from] for i in 0 .. size - 1, in this order. */
typedef struct {
  int32_t from, size;
} tinyml_shift_s16_params;
void tinyml_shift_s16(const tinyml_shift_s16_params *params, int16_t *buffer, void *scratch);

/* output[o][i] = input[o][indices[i]], rows of `inner` elements. A negative index counts from the end; one outside is
 * taken for the nearest that is inside. */
typedef struct {
  int32_t outer, size, inner, count;
} tinyml_gather_s8_params;
void tinyml_gather_s8(const tinyml_gather_s8_params *params, const int8_t *input, const int32_t *indices,
                      int8_t *output, void *scratch);

/* Interpolation along two axes: output[y][x] = sum over taps of row_weights[y][i] * column_weights[x][j] *
 * input[rows[y][i]][columns[x][j]] / 2^22, ties up. The weights of an output place sum to 2^11; a place outside is
 * taken for the nearest that is inside. With one tap bytes are copied, whatever the weights. */
typedef struct {
  int32_t batch, in_h, in_w, channels, out_h, out_w, taps;
} tinyml_resize2d_s8_params;
void tinyml_resize2d_s8(const tinyml_resize2d_s8_params *params, const int8_t *input, const int32_t *rows,
                        const int32_t *row_weights, const int32_t *columns, const int32_t *column_weights,
                        int8_t *output, void *scratch);

/* Elementwise function of two operands that broadcast: a = table1[input1 + 128], b = table2[input2 + 128], and output =
 * requantise(f(a, b)). operation: 0 a + b, 1 a * b, 2 the greater, 3 the lesser, 4 a times unit where a >= 0 and b
 * elsewhere; 5 a < b, 6 a <= b, 7 a = b, 8 a != b, which are 1 or 0; 9 the remainder of a / b, of the sign of a, and 0
 * where b is 0. Sums and products wrap. input1: input1_offset + sum(index_k * input1_stride_k), likewise input2; the
 * output is the box size0 x size1 x size2 x size3. */
typedef struct {
  int32_t size0, size1, size2, size3, input1_offset, input1_stride0, input1_stride1, input1_stride2, input1_stride3,
      input2_offset, input2_stride0, input2_stride1, input2_stride2, input2_stride3, operation, unit, output_offset,
      output_multiplier, output_shift, act_min, act_max;
} tinyml_binary_s8_params;
void tinyml_binary_s8(const tinyml_binary_s8_params *params, const int8_t *input1, const int8_t *input2,
                      const int32_t *table1, const int32_t *table2, int8_t *output, void *scratch);

/* output = condition != 0 ? input1 : input2, element by element. Each operand: its offset + sum(index_k * its
 * stride_k); the output is the box size0 x size1 x size2 x size3. */
typedef struct {
  int32_t size0, size1, size2, size3, condition_offset, condition_stride0, condition_stride1, condition_stride2,
      condition_stride3, input1_offset, input1_stride0, input1_stride1, input1_stride2, input1_stride3, input2_offset,
      input2_stride0, input2_stride1, input2_stride2, input2_stride3;
} tinyml_select_s8_params;
void tinyml_select_s8(const tinyml_select_s8_params *params, const int8_t *condition, const int8_t *input1,
                      const int8_t *input2, int8_t *output, void *scratch);

/* output[o][k] = requantise(s), s = the sum over i of table[input[o][i][k] + 128], which wraps; with root 1: s = the
 * integer part of the square root of 2^16 times the sum, which is taken for 0 where it is negative. */
typedef struct {
  int32_t outer, size, inner, root, output_offset, output_multiplier, output_shift, act_min, act_max;
} tinyml_reduce_sum_s8_params;
void tinyml_reduce_sum_s8(const tinyml_reduce_sum_s8_params *params, const int8_t *input, const int32_t *table,
                          int8_t *output, void *scratch);

/* Running sums of input + input_offset along the axis `size`, requantised; exclusive 1: without the element itself,
 * reverse 1: from the end. Sums wrap. */
typedef struct {
  int32_t outer, size, inner, exclusive, reverse, input_offset, output_offset, act_min, act_max, multiplier, shift;
} tinyml_cumsum_s8_params;
void tinyml_cumsum_s8(const tinyml_cumsum_s8_params *params, const int8_t *input, int8_t *output, void *scratch);

/* The k largest (largest 1) or smallest elements along the axis `size`, in order, and their places; of equals the first
 * comes first, or (last 1) the last. k is at most size. */
typedef struct {
  int32_t outer, size, inner, k, largest, last;
} tinyml_top_k_s8_params;
void tinyml_top_k_s8(const tinyml_top_k_s8_params *params, const int8_t *input, int8_t *values, int32_t *places,
                     void *scratch);

/* output[o][d][k] = on where d = places[o][k], off elsewhere. A negative place counts from the end; one outside is
 * nowhere. */
typedef struct {
  int32_t outer, depth, inner, off, on;
} tinyml_one_hot_s8_params;
void tinyml_one_hot_s8(const tinyml_one_hot_s8_params *params, const int32_t *places, int8_t *output, void *scratch);

/* A feature map as stripes of four channels, their levels one symbol each, entropy-coded: bytes[0 .. count[0] - 1] is
 * the stream, or as much of its start as fits, count[1] whether it is whole. */
typedef struct {
  int32_t height, width, channels, groups, symbols, capacity;
} tinyml_encode_stripes_s8_params;
void tinyml_encode_stripes_s8(const tinyml_encode_stripes_s8_params *params, const int8_t *image, const int32_t *layout,
                              const uint8_t *levels, const int16_t *cells, const int32_t *entries, uint8_t *bytes,
                              int32_t *count, void *scratch);

/* The feature map of a stream of encode_stripes_s8: the centroids of its symbols, and fill where it has none. Any bytes
 * give a map. */
typedef tinyml_encode_stripes_s8_params tinyml_decode_stripes_s8_params;
void tinyml_decode_stripes_s8(const tinyml_decode_stripes_s8_params *params, const uint8_t *bytes, const int32_t *count,
                              const int32_t *layout, const uint8_t *classes, const int32_t *entries,
                              const int8_t *centroids, const int8_t *fill, int8_t *image, void *scratch);

/* output = clamp(round_half_away(input / scale) + zero_point); NaN gives zero_point. scale: one float. */
typedef struct {
  int32_t size, zero_point;
} tinyml_quantize_s8_params;
void tinyml_quantize_s8(const tinyml_quantize_s8_params *params, const float *input, const float *scale, int8_t *output,
                        void *scratch);

/* output = (input - zero_point) * scale in float32. scale: one float. */
typedef struct {
  int32_t size, zero_point;
} tinyml_dequantize_s8_params;
void tinyml_dequantize_s8(const tinyml_dequantize_s8_params *params, const int8_t *input, const float *scale,
                          float *output, void *scratch);

/* Convolution of float32, any number of groups. weights [out_channels][kernel_h][kernel_w][in_channels / groups]. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, groups;
} tinyml_conv2d_f32_params;
void tinyml_conv2d_f32(const tinyml_conv2d_f32_params *params, const float *input, const float *weights,
                       const float *bias, const float *bounds, float *output, void *scratch);

/* Depthwise convolution of float32: output channel c reads input channel c / depth_multiplier. weights
 * [kernel_h][kernel_w][channels * depth_multiplier]. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, depth_multiplier, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left;
} tinyml_depthwise_conv2d_f32_params;
void tinyml_depthwise_conv2d_f32(const tinyml_depthwise_conv2d_f32_params *params, const float *input,
                                 const float *weights, const float *bias, const float *bounds, float *output,
                                 void *scratch);

/* Transposed convolution of float32, one group: per output a chain of fused multiply-adds that starts from the bias and
 * goes by kernel row, kernel column and input channel; a tap that meets no input is left out. weights
 * [out_channels][kernel_h][kernel_w][in_channels], bounds: the lowest and the highest output. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left;
} tinyml_conv_transpose2d_f32_params;
void tinyml_conv_transpose2d_f32(const tinyml_conv_transpose2d_f32_params *params, const float *input,
                                 const float *weights, const float *bias, const float *bounds, float *output,
                                 void *scratch);

/* rows x in_features times [out_features][in_features], in float32. */
typedef struct {
  int32_t rows, in_features, out_features;
} tinyml_fully_connected_f32_params;
void tinyml_fully_connected_f32(const tinyml_fully_connected_f32_params *params, const float *input,
                                const float *weights, const float *bias, const float *bounds, float *output,
                                void *scratch);

/* Elementwise float32 sum of two tensors of equal shape; may run in place on either input. */
typedef struct {
  int32_t size;
} tinyml_add_f32_params;
void tinyml_add_f32(const tinyml_add_f32_params *params, const float *input1, const float *input2, const float *bounds,
                    float *output, void *scratch);

/* Elementwise float32 product, shapes as of mul_s8; may run in place on input1, and on input2 when repeat is 1. */
typedef struct {
  int32_t outer, channels, repeat;
} tinyml_mul_f32_params;
void tinyml_mul_f32(const tinyml_mul_f32_params *params, const float *input1, const float *input2, const float *bounds,
                    float *output, void *scratch);

/* Average over the valid window, or over the whole window when count_include_pad is 1: float32 additions from +0 by row
 * and column, then one division by the number of taps. */
typedef struct {
  int32_t batch, in_h, in_w, channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left,
      count_include_pad;
} tinyml_avg_pool2d_f32_params;
void tinyml_avg_pool2d_f32(const tinyml_avg_pool2d_f32_params *params, const float *input, float *output,
                           void *scratch);

/* Maximum over the valid window, by row and column from -infinity: the first of equal numbers, NaN where there is one.
 * */
typedef struct {
  int32_t batch, in_h, in_w, channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w,
      pad_top, pad_left;
} tinyml_max_pool2d_f32_params;
void tinyml_max_pool2d_f32(const tinyml_max_pool2d_f32_params *params, const float *input, float *output,
                           void *scratch);

/* Values between two bounds. In place allowed. */
typedef struct {
  int32_t size;
} tinyml_clamp_f32_params;
void tinyml_clamp_f32(const tinyml_clamp_f32_params *params, const float *input, const float *bounds, float *output,
                      void *scratch);

/* As copy_s8, of floats. */
typedef tinyml_copy_s8_params tinyml_copy_f32_params;
void tinyml_copy_f32(const tinyml_copy_f32_params *params, const float *input, float *output, void *scratch);

/* RNN (gates 1), GRU (gates 3) or LSTM (gates 4) of float32 over a sequence, gates in the order of ONNX. output:
 * [steps][directions][batch][hidden], of which one direction is written; state: c of an LSTM, else h, behind the last
 * step. Sums are chains from the bias. */
typedef struct {
  int32_t steps, batch, input_size, hidden, directions, direction, reverse, gates, reset_after;
} tinyml_recurrent_f32_params;
void tinyml_recurrent_f32(const tinyml_recurrent_f32_params *params, const float *input, const float *initial_h,
                          const float *initial_c, const float *weights, const float *recurrent_weights,
                          const float *bias, const float *peepholes, float *output, float *state, void *scratch);

/* Products of batch0 * batch1 float32 matrices, operands as those of batch_matmul_s8. Every sum is a chain of fused
 * multiply-adds from 0, in the order of depth. */
typedef struct {
  int32_t batch0, batch1, rows, columns, depth, left_start, left_batch0, left_batch1, left_row, left_depth, right_start,
      right_batch0, right_batch1, right_column, right_depth, output_start, output_batch0, output_batch1, output_row;
} tinyml_batch_matmul_f32_params;
void tinyml_batch_matmul_f32(const tinyml_batch_matmul_f32_params *params, const float *left, const float *right,
                             float *output, void *scratch);

/* output = input / (bias + alpha * s)^beta, s = the sum of the squares of the channels from `before` before to `behind`
 * behind; parameters: alpha, beta, bias. */
typedef struct {
  int32_t outer, channels, before, behind;
} tinyml_lrn_f32_params;
void tinyml_lrn_f32(const tinyml_lrn_f32_params *params, const float *input, const float *parameters, float *output,
                    void *scratch);

/* Normalisation of each group of each image by its mean (if centred) and variance, then gamma and beta for each channel
 * of it. input, output: [batch][positions][groups][channels]. Sums are chains; may run in place. */
typedef struct {
  int32_t batch, positions, groups, channels, centred;
} tinyml_normalize_f32_params;
void tinyml_normalize_f32(const tinyml_normalize_f32_params *params, const float *input, const float *gamma,
                          const float *beta, const float *epsilon, float *output, void *scratch);

/* Softmax of float32 over `size` of [outer][size][inner], or its logarithm; the sum is a chain. May run in place. */
typedef struct {
  int32_t outer, size, inner, log;
} tinyml_softmax_f32_params;
void tinyml_softmax_f32(const tinyml_softmax_f32_params *params, const float *input, float *output, void *scratch);

/* output[o][k] = f of input[o][0 .. size - 1][k], in their order: 0 sum, 1 mean, 2 max, 3 min, 4 product, 5 magnitudes,
 * 6 squares, 7 rootOfSquares, 8 logOfSum, 9 logOfSumOfExp. */
typedef struct {
  int32_t outer, size, inner, operation;
} tinyml_reduce_f32_params;
void tinyml_reduce_f32(const tinyml_reduce_f32_params *params, const float *input, float *output, void *scratch);

/* output = f(input), element by element, float64 inside: 0 sin, 1 cos, 2 tan, 3 asin, 4 acos, 5 atan, 6 sinh, 7 cosh, 8
 * asinh, 9 acosh, 10 atanh. May run in place. */
typedef struct {
  int32_t size, function;
} tinyml_trigonometry_f32_params;
void tinyml_trigonometry_f32(const tinyml_trigonometry_f32_params *params, const float *input, float *output,
                             void *scratch);

/* output = input1 to the power of input2, element by element, operands that broadcast; float64 inside. input1:
 * input1_offset + sum(index_k * input1_stride_k), likewise input2; the output is the box size0 x size1 x size2 x size3.
 * */
typedef struct {
  int32_t size0, size1, size2, size3, input1_offset, input1_stride0, input1_stride1, input1_stride2, input1_stride3,
      input2_offset, input2_stride0, input2_stride1, input2_stride2, input2_stride3;
} tinyml_power_f32_params;
void tinyml_power_f32(const tinyml_power_f32_params *params, const float *input1, const float *input2, float *output,
                      void *scratch);

/* output = f(input1, input2), element by element, operands that broadcast: 0 add, 1 subtract, 2 multiply, 3 divide, 4
 * maximum, 5 minimum, 6 prelu (input1 * input2 below 0). input1: input1_offset + sum(index_k * input1_stride_k),
 * likewise input2; the output is the box size0 x size1 x size2 x size3. */
typedef struct {
  int32_t size0, size1, size2, size3, input1_offset, input1_stride0, input1_stride1, input1_stride2, input1_stride3,
      input2_offset, input2_stride0, input2_stride1, input2_stride2, input2_stride3, operation;
} tinyml_binary_f32_params;
void tinyml_binary_f32(const tinyml_binary_f32_params *params, const float *input1, const float *input2,
                       const float *bounds, float *output, void *scratch);

/* output = 1 where input1 is 0 less than, 1 at most, 2 equal to, 3 other than input2, and 0 elsewhere; operands
 * broadcast, as in binary_f32. Of NaN only 3 is true. */
typedef struct {
  int32_t size0, size1, size2, size3, input1_offset, input1_stride0, input1_stride1, input1_stride2, input1_stride3,
      input2_offset, input2_stride0, input2_stride1, input2_stride2, input2_stride3, operation;
} tinyml_compare_f32_params;
void tinyml_compare_f32(const tinyml_compare_f32_params *params, const float *input1, const float *input2,
                        int8_t *output, void *scratch);

/* As select_s8, of floats; the condition is int8. */
typedef tinyml_select_s8_params tinyml_select_f32_params;
void tinyml_select_f32(const tinyml_select_f32_params *params, const int8_t *condition, const float *input1,
                       const float *input2, float *output, void *scratch);

/* As gather_s8, of floats. */
typedef tinyml_gather_s8_params tinyml_gather_f32_params;
void tinyml_gather_f32(const tinyml_gather_f32_params *params, const float *input, const int32_t *indices,
                       float *output, void *scratch);

/* As top_k_s8, of floats; zeros are equal, and NaN is the largest. */
typedef tinyml_top_k_s8_params tinyml_top_k_f32_params;
void tinyml_top_k_f32(const tinyml_top_k_f32_params *params, const float *input, float *values, int32_t *places,
                      void *scratch);

/* As one_hot_s8, of floats: choices are off and on. */
typedef struct {
  int32_t outer, depth, inner;
} tinyml_one_hot_f32_params;
void tinyml_one_hot_f32(const tinyml_one_hot_f32_params *params, const int32_t *places, const float *choices,
                        float *output, void *scratch);

/* Interpolation along two axes, of floats: output[y][x] = the chain over i of row_weights[y][i] * the chain over j of
 * column_weights[x][j] * input[rows[y][i]][columns[x][j]]. A place outside is taken for the nearest that is inside.
 * With one tap numbers are copied, whatever the weights. */
typedef struct {
  int32_t batch, in_h, in_w, channels, out_h, out_w, taps;
} tinyml_resize2d_f32_params;
void tinyml_resize2d_f32(const tinyml_resize2d_f32_params *params, const float *input, const int32_t *rows,
                         const float *row_weights, const int32_t *columns, const float *column_weights, float *output,
                         void *scratch);

/* output = f(input), element by element, a and b = parameters: 0 exp, 1 log, 2 sqrt, 3 reciprocal, 4 abs, 5 negate, 6
 * ceil, 7 floor, 8 round, 9 sign, 10 sigmoid, 11 tanh, 12 erf, 13 gelu, 14 geluTanh, 15 swish, 16 softplus, 17
 * softsign, 18 mish, 19 elu, 20 celu, 21 selu, 22 leakyRelu, 23 thresholdedRelu, 24 hardSigmoid, 25 hardSwish, 26
 * shrink, 27 square, 28 cube. May run in place. */
typedef struct {
  int32_t size, function;
} tinyml_unary_f32_params;
void tinyml_unary_f32(const tinyml_unary_f32_params *params, const float *input, const float *parameters, float *output,
                      void *scratch);

/* As add_s8, of int16 codes with zero point 0. */
typedef struct {
  int32_t size, left_shift, input1_multiplier, input1_shift, input2_multiplier, input2_shift, output_multiplier,
      output_shift, act_min, act_max;
} tinyml_add_s16_params;
void tinyml_add_s16(const tinyml_add_s16_params *params, const int16_t *input1, const int16_t *input2, int16_t *output,
                    void *scratch);

/* As conv2d_s8, of int16 activations with zero point 0, in 64-bit sums. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, groups, act_min, act_max;
} tinyml_conv2d_s16_params;
void tinyml_conv2d_s16(const tinyml_conv2d_s16_params *params, const int16_t *input, const int8_t *weights,
                       const int32_t *bias, const int32_t *multiplier, const int32_t *shift, int16_t *output,
                       void *scratch);

/* As conv_transpose2d_s8, of int16 activations with zero point 0, in 64-bit sums. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, act_min, act_max;
} tinyml_conv_transpose2d_s16_params;
void tinyml_conv_transpose2d_s16(const tinyml_conv_transpose2d_s16_params *params, const int16_t *input,
                                 const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                                 const int32_t *shift, int16_t *output, void *scratch);

/* As copy_s8, of int16. */
typedef tinyml_copy_s8_params tinyml_copy_s16_params;
void tinyml_copy_s16(const tinyml_copy_s16_params *params, const int16_t *input, int16_t *output, void *scratch);

/* As depthwise_conv2d_s8, of int16 activations with zero point 0, in 64-bit sums. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, depth_multiplier, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, act_min, act_max;
} tinyml_depthwise_conv2d_s16_params;
void tinyml_depthwise_conv2d_s16(const tinyml_depthwise_conv2d_s16_params *params, const int16_t *input,
                                 const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                                 const int32_t *shift, int16_t *output, void *scratch);

/* output = input * scale in float32. scale: one float. */
typedef struct {
  int32_t size;
} tinyml_dequantize_s16_params;
void tinyml_dequantize_s16(const tinyml_dequantize_s16_params *params, const int16_t *input, const float *scale,
                           float *output, void *scratch);

/* rows x in_features of int16 times int8 [out_features][in_features], in 64-bit sums. */
typedef struct {
  int32_t rows, in_features, out_features, act_min, act_max;
} tinyml_fully_connected_s16_params;
void tinyml_fully_connected_s16(const tinyml_fully_connected_s16_params *params, const int16_t *input,
                                const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                                const int32_t *shift, int16_t *output, void *scratch);

/* A function of one int16: table[i] is its value at 128 * i - 32768, straight lines lie between, rounded to the
 * nearest, ties up. In place allowed. */
typedef struct {
  int32_t size;
} tinyml_lut_s16_params;
void tinyml_lut_s16(const tinyml_lut_s16_params *params, const int16_t *input, const int16_t *table, int16_t *output,
                    void *scratch);

/* Maximum over the valid window, of int16 codes. Equal scales in and out. */
typedef struct {
  int32_t batch, in_h, in_w, channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w,
      pad_top, pad_left, act_min, act_max;
} tinyml_max_pool2d_s16_params;
void tinyml_max_pool2d_s16(const tinyml_max_pool2d_s16_params *params, const int16_t *input, int16_t *output,
                           void *scratch);

/* As mul_s8, of int16 codes with zero point 0. */
typedef struct {
  int32_t outer, channels, repeat, output_multiplier, output_shift, act_min, act_max;
} tinyml_mul_s16_params;
void tinyml_mul_s16(const tinyml_mul_s16_params *params, const int16_t *input1, const int16_t *input2, int16_t *output,
                    void *scratch);

/* output = clamp(round_half_away(input / scale)); NaN gives 0. scale: one float. */
typedef struct {
  int32_t size;
} tinyml_quantize_s16_params;
void tinyml_quantize_s16(const tinyml_quantize_s16_params *params, const float *input, const float *scale,
                         int16_t *output, void *scratch);

/* int16 codes as those of another scale, within limits: output = clamp(requantise(input)). In place allowed. */
typedef struct {
  int32_t size, multiplier, shift, act_min, act_max;
} tinyml_requantize_s16_params;
void tinyml_requantize_s16(const tinyml_requantize_s16_params *params, const int16_t *input, int16_t *output,
                           void *scratch);

/* int16 codes as int8 codes of another scale: output = clamp(requantise(input) + output_offset). */
typedef struct {
  int32_t size, multiplier, shift, output_offset;
} tinyml_requantize_s16_s8_params;
void tinyml_requantize_s16_s8(const tinyml_requantize_s16_s8_params *params, const int16_t *input, int8_t *output,
                              void *scratch);

/* int8 codes as int16 codes of another scale: output = clamp(requantise(input + input_offset)). */
typedef struct {
  int32_t size, multiplier, shift, input_offset;
} tinyml_requantize_s8_s16_params;
void tinyml_requantize_s8_s16(const tinyml_requantize_s8_s16_params *params, const int8_t *input, int16_t *output,
                              void *scratch);

/* As resize2d_s8, of int16 codes, in 64-bit sums. */
typedef tinyml_resize2d_s8_params tinyml_resize2d_s16_params;
void tinyml_resize2d_s16(const tinyml_resize2d_s16_params *params, const int16_t *input, const int32_t *rows,
                         const int32_t *row_weights, const int32_t *columns, const int32_t *column_weights,
                         int16_t *output, void *scratch);

/* Softmax of `rows` rows of `row_size` int16 codes; output scale 1/32768. multiplier and shift are those of the input
 * scale times log2(e) * 2^16; table[i] is 2^30 * 2^-(i / 256). */
typedef struct {
  int32_t rows, row_size, multiplier, shift;
} tinyml_softmax_s16_params;
void tinyml_softmax_s16(const tinyml_softmax_s16_params *params, const int16_t *input, const int32_t *table,
                        int16_t *output, void *scratch);

/* softmax_s16 of outer0 * outer1 * outer2 rows over the elements whose code in the mask is at least `mask_least`; the
 * others are 0. Rows of the mask lie at any strides. */
typedef struct {
  int32_t outer0, outer1, outer2, row_size, mask_start, mask_stride0, mask_stride1, mask_stride2, mask_least,
      multiplier, shift;
} tinyml_masked_softmax_s16_params;
void tinyml_masked_softmax_s16(const tinyml_masked_softmax_s16_params *params, const int16_t *input,
                               const int16_t *mask, const int32_t *table, int16_t *output, void *scratch);

/* Products of batch0 * batch1 int16 matrices in 64-bit sums, operands as those of batch_matmul_s8. */
typedef struct {
  int32_t batch0, batch1, rows, columns, depth, left_start, left_batch0, left_batch1, left_row, left_depth, right_start,
      right_batch0, right_batch1, right_column, right_depth, output_start, output_batch0, output_batch1, output_row,
      multiplier, shift, act_min, act_max;
} tinyml_batch_matmul_s16_params;
void tinyml_batch_matmul_s16(const tinyml_batch_matmul_s16_params *params, const int16_t *left, const int16_t *right,
                             int16_t *output, void *scratch);

/* normalize_s8 of int16 codes, which have zero point 0. */
typedef struct {
  int32_t batch, positions, groups, channels, centred, epsilon, epsilon_shift, multiplier, shift, act_min, act_max;
} tinyml_normalize_s16_params;
void tinyml_normalize_s16(const tinyml_normalize_s16_params *params, const int16_t *input, const int32_t *gamma,
                          const int32_t *beta, int16_t *output, void *scratch);

/* Square roots of int16 codes, 0 below 0: the root of code * multiplier * 2^(shift - 31) with 32 bits, rounded to the
 * nearest, ties up. */
typedef struct {
  int32_t size, multiplier, shift;
} tinyml_sqrt_s16_params;
void tinyml_sqrt_s16(const tinyml_sqrt_s16_params *params, const int16_t *input, int16_t *output, void *scratch);

/* output = sum of (input - zero point) * weight; padding is real zero. */
typedef tinyml_conv2d_f32_params tinyml_conv2d_sums_s8_params;
void tinyml_conv2d_sums_s8(const tinyml_conv2d_sums_s8_params *params, const int8_t *input, const float *quantizer,
                           const int8_t *weights, int32_t *output, void *scratch);

/* input_gradient = sum of gradient * weight over the outputs that read the input. */
typedef tinyml_conv2d_f32_params tinyml_conv2d_input_gradient_s8_params;
void tinyml_conv2d_input_gradient_s8(const tinyml_conv2d_input_gradient_s8_params *params, const int8_t *gradient,
                                     const int8_t *weights, int32_t *input_gradient, void *scratch);

/* weight_gradient = sum of (input - zero point) * gradient where the tap lies inside; bias_gradient = sum of gradient.
 * */
typedef tinyml_conv2d_f32_params tinyml_conv2d_weight_gradient_s8_params;
void tinyml_conv2d_weight_gradient_s8(const tinyml_conv2d_weight_gradient_s8_params *params, const int8_t *input,
                                      const float *quantizer, const int8_t *gradient, int32_t *weight_gradient,
                                      int32_t *bias_gradient, void *scratch);

/* The chains of conv2d_f32 from 0 on. */
typedef tinyml_conv2d_f32_params tinyml_conv2d_sums_f32_params;
void tinyml_conv2d_sums_f32(const tinyml_conv2d_sums_f32_params *params, const float *input, const float *weights,
                            float *output, void *scratch);

/* Chains from 0 on by output row, output column and output channel, over all taps that meet a whole position; where it
 * lies outside the output, the gradient is 0. */
typedef tinyml_conv2d_f32_params tinyml_conv2d_input_gradient_f32_params;
void tinyml_conv2d_input_gradient_f32(const tinyml_conv2d_input_gradient_f32_params *params, const float *gradient,
                                      const float *weights, float *input_gradient, void *scratch);

/* Chains from 0 on by image, output row and output column, over all positions; padding is 0. */
typedef tinyml_conv2d_f32_params tinyml_conv2d_weight_gradient_f32_params;
void tinyml_conv2d_weight_gradient_f32(const tinyml_conv2d_weight_gradient_f32_params *params, const float *input,
                                       const float *gradient, float *weight_gradient, float *bias_gradient,
                                       void *scratch);

/* Sums of products of codes to real numbers: output = input * (scale of the quantiser * scale[channel]) + bias, and its
 * extent. Element i is of channel i mod channels and has bias[i mod bias_size], none where bias_size is 0. `scale` has
 * one number per channel when per_channel is 1, else one for all. In place allowed. */
typedef struct {
  int32_t size, channels, per_channel, bias_size;
} tinyml_rescale_s32_params;
void tinyml_rescale_s32(const tinyml_rescale_s32_params *params, const int32_t *input, const float *quantizer,
                        const float *scale, const float *bias, float *output, float *extent, void *scratch);

/* output[i] = input[i] + bias[i mod bias_size]. In place allowed. */
typedef struct {
  int32_t size, bias_size;
} tinyml_add_bias_f32_params;
void tinyml_add_bias_f32(const tinyml_add_bias_f32_params *params, const float *input, const float *bias, float *output,
                         void *scratch);

/* The least and the greatest value; NaN is passed over. */
typedef struct {
  int32_t size;
} tinyml_extent_f32_params;
void tinyml_extent_f32(const tinyml_extent_f32_params *params, const float *input, float *extent, void *scratch);

/* range += (1 - decay) * (extent - range), and the quantiser that covers it. The first extent is taken as it is, one
 * that is empty or not finite is passed over; frozen: the range stays. Codes are -limit - 1 .. limit with a zero point
 * where affine is 1, else -limit .. limit around 0. range (updated): low, high, 1 once it is set, 0. bounds: of the
 * activation function. */
typedef struct {
  int32_t limit, affine, frozen;
} tinyml_track_range_f32_params;
void tinyml_track_range_f32(const tinyml_track_range_f32_params *params, const float *extent, const float *bounds,
                            const float *decay, float *range, float *quantizer, void *scratch);

/* Real numbers to codes: bounded by the activation function, scaled, moved by the zero point, bounded by low and high,
 * and rounded, halves to even or stochastically by numbers that `key` and `stream` choose. NaN gives the lowest code.
 * */
typedef struct {
  int32_t size, low, high, stochastic, stream;
} tinyml_encode_s8_params;
void tinyml_encode_s8(const tinyml_encode_s8_params *params, const float *input, const float *quantizer,
                      const int32_t *key, const float *bounds, int8_t *output, void *scratch);

/* Codes to the real numbers that they stand for. */
typedef struct {
  int32_t size;
} tinyml_decode_s8_params;
void tinyml_decode_s8(const tinyml_decode_s8_params *params, const int8_t *input, const float *quantizer, float *output,
                      void *scratch);

/* Weights to symmetric codes: scale = greatest magnitude of the row / limit, 1 in a row of zeros; output = round(input
 * / scale). input and output [rows][columns], scale [rows]. */
typedef struct {
  int32_t rows, columns, limit;
} tinyml_encode_weights_s8_params;
void tinyml_encode_weights_s8(const tinyml_encode_weights_s8_params *params, const float *input, int8_t *output,
                              float *scale, void *scratch);

/* output = input * scale of its row. */
typedef struct {
  int32_t rows, columns;
} tinyml_decode_weights_s8_params;
void tinyml_decode_weights_s8(const tinyml_decode_weights_s8_params *params, const int8_t *input, const float *scale,
                              float *output, void *scratch);

/* Codes with a scale for each row as codes with one scale for all: decode_weights_s8, then encode_weights_s8 of one
 * row. */
typedef struct {
  int32_t rows, columns, limit;
} tinyml_recode_weights_s8_params;
void tinyml_recode_weights_s8(const tinyml_recode_weights_s8_params *params, const int8_t *input, const float *scale,
                              int8_t *output, float *output_scale, void *scratch);

/* output = real(a) + real(b), and its extent. */
typedef struct {
  int32_t size;
} tinyml_add_codes_f32_params;
void tinyml_add_codes_f32(const tinyml_add_codes_f32_params *params, const int8_t *a, const float *quantizer_a,
                          const int8_t *b, const float *quantizer_b, float *output, float *extent, void *scratch);

/* Back through a bounding activation: the gradient (updated) stays where the value lies strictly between the bounds (of
 * codes: between the codes of the bounds), else it becomes 0; and the extent of what stays. */
typedef struct {
  int32_t size;
} tinyml_activation_gradient_s8_params;
void tinyml_activation_gradient_s8(const tinyml_activation_gradient_s8_params *params, const int8_t *values,
                                   const float *quantizer, const float *bounds, float *gradient, float *extent,
                                   void *scratch);

/* Back through a bounding activation: the gradient (updated) stays where the value lies strictly between the bounds (of
 * codes: between the codes of the bounds), else it becomes 0; and the extent of what stays. */
typedef tinyml_activation_gradient_s8_params tinyml_activation_gradient_f32_params;
void tinyml_activation_gradient_f32(const tinyml_activation_gradient_f32_params *params, const float *values,
                                    const float *bounds, float *gradient, float *extent, void *scratch);

/* A clip tau for a gradient, and the symmetric quantiser of `bits` bits that covers [-tau, tau] (Octo's parameterised
 * range clipping). mode 0: the greatest magnitude; 1: value times it; 2: |mean| + value * standard deviation; 3: least
 * quantisation error, with 8192 bytes of scratch; 4: ratio (updated) times it, descending the error at the rate
 * `value`. */
typedef struct {
  int32_t size, mode, bits;
} tinyml_clip_range_f32_params;
void tinyml_clip_range_f32(const tinyml_clip_range_f32_params *params, const float *gradient, const float *extent,
                           const float *value, float *ratio, float *quantizer, void *scratch);

/* Back through a maximum pooling: every gradient is added to the first element of its window that equals the maximum.
 * */
typedef tinyml_max_pool2d_f32_params tinyml_max_pool2d_gradient_s8_params;
void tinyml_max_pool2d_gradient_s8(const tinyml_max_pool2d_gradient_s8_params *params, const int8_t *input,
                                   const int8_t *output, const float *gradient, float *input_gradient, void *scratch);

/* Back through a maximum pooling: every gradient is added to the first element of its window that equals the maximum.
 * */
typedef tinyml_max_pool2d_f32_params tinyml_max_pool2d_gradient_f32_params;
void tinyml_max_pool2d_gradient_f32(const tinyml_max_pool2d_gradient_f32_params *params, const float *input,
                                    const float *output, const float *gradient, float *input_gradient, void *scratch);

/* Back through an average pooling: every gradient, divided by what its mean counted, is added to its whole window. */
typedef tinyml_avg_pool2d_f32_params tinyml_avg_pool2d_gradient_f32_params;
void tinyml_avg_pool2d_gradient_f32(const tinyml_avg_pool2d_gradient_f32_params *params, const float *gradient,
                                    float *input_gradient, void *scratch);

/* output = (input - mean) * (gamma * inverse) + beta with mean and variance of the batch per channel, from float64
 * chains over the rows; inverse = 1 / sqrt(variance + epsilon); running += momentum * (batch - running) (updated).
 * settings: epsilon, momentum. statistics [2][channels]: mean, inverse. 16 * channels bytes of scratch. In place
 * allowed. */
typedef struct {
  int32_t rows, channels;
} tinyml_batch_norm_f32_params;
void tinyml_batch_norm_f32(const tinyml_batch_norm_f32_params *params, const float *input, const float *gamma,
                           const float *beta, const float *settings, float *output, float *running_mean,
                           float *running_variance, float *statistics, float *extent, void *scratch);

/* With h = (input - mean) * inverse: beta_gradient = sum of g, gamma_gradient = sum of g * h, in float64 chains; g
 * (updated) becomes gamma * inverse * (g - (beta_gradient / rows + h * gamma_gradient / rows)). 16 * channels bytes of
 * scratch. */
typedef tinyml_batch_norm_f32_params tinyml_batch_norm_gradient_s8_params;
void tinyml_batch_norm_gradient_s8(const tinyml_batch_norm_gradient_s8_params *params, const int8_t *input,
                                   const float *quantizer, const float *statistics, const float *gamma, float *gradient,
                                   float *gamma_gradient, float *beta_gradient, void *scratch);

/* With h = (input - mean) * inverse: beta_gradient = sum of g, gamma_gradient = sum of g * h, in float64 chains; g
 * (updated) becomes gamma * inverse * (g - (beta_gradient / rows + h * gamma_gradient / rows)). 16 * channels bytes of
 * scratch. */
typedef tinyml_batch_norm_f32_params tinyml_batch_norm_gradient_f32_params;
void tinyml_batch_norm_gradient_f32(const tinyml_batch_norm_gradient_f32_params *params, const float *input,
                                    const float *statistics, const float *gamma, float *gradient, float *gamma_gradient,
                                    float *beta_gradient, void *scratch);

/* Sums in int32, modulo 2^32, of products of batch0 * batch1 int8 matrices: (left - its zero point) * (right - its zero
 * point); operands as those of batch_matmul_s8. */
typedef tinyml_batch_matmul_f32_params tinyml_batch_matmul_sums_s8_params;
void tinyml_batch_matmul_sums_s8(const tinyml_batch_matmul_sums_s8_params *params, const int8_t *left,
                                 const int8_t *right, const float *left_quantizer, const float *right_quantizer,
                                 int32_t *output, void *scratch);

/* Back through normalize_f32. With the statistics of each group of each image, h = (input - mean) * inverse and v = g *
 * gamma: beta_gradient = sum of g, gamma_gradient = sum of g * h, and g (updated) becomes inverse * (v - (mean of v + h
 * * mean of v * h)), without mean of v where nothing is centred. Sums are float64 chains. 16 * groups * channels bytes
 * of scratch. */
typedef struct {
  int32_t batch, positions, groups, channels, centred;
} tinyml_normalize_gradient_f32_params;
void tinyml_normalize_gradient_f32(const tinyml_normalize_gradient_f32_params *params, const float *input,
                                   const float *gamma, const float *epsilon, float *gradient, float *gamma_gradient,
                                   float *beta_gradient, void *scratch);

/* Back through unary_f32: gradient (updated) becomes itself times the slope of the function at input. Steps have no
 * slope. */
typedef struct {
  int32_t size, function;
} tinyml_unary_gradient_f32_params;
void tinyml_unary_gradient_f32(const tinyml_unary_gradient_f32_params *params, const float *input,
                               const float *parameters, float *gradient, void *scratch);

/* One time of an LSTM (gates 4) or of a GRU that resets what comes of its state (gates 3), from the sums of its gates
 * in the order of ONNX. kept: c of an LSTM, h of a GRU; state: c of an LSTM, else h. */
typedef struct {
  int32_t batch, hidden, gates;
} tinyml_recurrent_cell_f32_params;
void tinyml_recurrent_cell_f32(const tinyml_recurrent_cell_f32_params *params, const float *of_input,
                               const float *of_state, const float *kept, float *hidden, float *state, void *scratch);

/* Back through recurrent_cell_f32: carried (updated) is the gradient of c of an LSTM, behind it and then before it; of
 * a GRU it becomes what reaches h before it past all products. */
typedef tinyml_recurrent_cell_f32_params tinyml_recurrent_cell_gradient_f32_params;
void tinyml_recurrent_cell_gradient_f32(const tinyml_recurrent_cell_gradient_f32_params *params, const float *of_input,
                                        const float *of_state, const float *kept, const float *gradient, float *carried,
                                        float *input_gradient, float *state_gradient, void *scratch);

/* Mean cross-entropy of softmax with labels, smoothed, over the rows whose label is one of the classes; the gradient of
 * other rows is 0. result: the mean loss, and the rows whose first largest input is the label. float64 inside. */
typedef struct {
  int32_t rows, classes;
} tinyml_softmax_cross_entropy_f32_params;
void tinyml_softmax_cross_entropy_f32(const tinyml_softmax_cross_entropy_f32_params *params, const float *input,
                                      const int32_t *labels, const float *smoothing, float *gradient, float *result,
                                      void *scratch);

/* Mean of (input - target)^2 from a float64 chain, and its gradient. result: the loss, 0. */
typedef struct {
  int32_t size;
} tinyml_squared_error_f32_params;
void tinyml_squared_error_f32(const tinyml_squared_error_f32_params *params, const float *input, const float *target,
                              float *gradient, float *result, void *scratch);

/* sum (updated) = share * gradient, added to sum unless control[3] is 0. */
typedef struct {
  int32_t size;
} tinyml_accumulate_f32_params;
void tinyml_accumulate_f32(const tinyml_accumulate_f32_params *params, const float *gradient, const float *control,
                           const float *share, float *sum, void *scratch);

/* weights (updated) = weights - rate * (gradient + decay * weights). control[0]: the rate. */
typedef struct {
  int32_t size;
} tinyml_sgd_f32_params;
void tinyml_sgd_f32(const tinyml_sgd_f32_params *params, const float *gradient, const float *control,
                    const float *decay, float *weights, void *scratch);

/* velocity = momentum * velocity + (gradient + decay * weights); weights -= rate * velocity (both updated). control[0]:
 * the rate. settings: momentum, decay. */
typedef struct {
  int32_t size;
} tinyml_momentum_f32_params;
void tinyml_momentum_f32(const tinyml_momentum_f32_params *params, const float *gradient, const float *control,
                         const float *settings, float *weights, float *velocity, void *scratch);

/* Adam: both moments and the weights are updated. control: rate, corrections of the moments. settings: beta1, beta2,
 * epsilon, decay. */
typedef struct {
  int32_t size;
} tinyml_adam_f32_params;
void tinyml_adam_f32(const tinyml_adam_f32_params *params, const float *gradient, const float *control,
                     const float *settings, float *weights, float *mean, float *square, void *scratch);

/* codes (updated) = codes - rate * gradient / scale of the row, rounded stochastically, within [-limit, limit]; where
 * of_codes is 1 the gradient is that by the codes, and divided by the scale once more. */
typedef struct {
  int32_t rows, columns, limit, stream, of_codes;
} tinyml_sgd_s8_params;
void tinyml_sgd_s8(const tinyml_sgd_s8_params *params, const float *gradient, const float *scale, const float *control,
                   const int32_t *key, int8_t *codes, void *scratch);

/* codes (updated): sgd_s8 by the gradient of conv2d_weight_gradient_s8 times the scales of both quantisers, some
 * weights at a time; bias_gradient = sum of gradient. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, groups, limit, stream, of_codes;
} tinyml_conv2d_update_s8_params;
void tinyml_conv2d_update_s8(const tinyml_conv2d_update_s8_params *params, const int8_t *input, const float *quantizer,
                             const int8_t *gradient, const float *gradient_quantizer, const float *scale,
                             const float *control, const int32_t *key, int8_t *codes, int32_t *bias_gradient,
                             void *scratch);

/* sum (updated): accumulate_f32 of the gradient of conv2d_weight_gradient_s8 times the scales of both quantisers, some
 * weights at a time; bias_gradient = sum of gradient. */
typedef tinyml_conv2d_f32_params tinyml_conv2d_accumulate_s8_params;
void tinyml_conv2d_accumulate_s8(const tinyml_conv2d_accumulate_s8_params *params, const int8_t *input,
                                 const float *quantizer, const int8_t *gradient, const float *gradient_quantizer,
                                 const float *control, const float *share, float *sum, int32_t *bias_gradient,
                                 void *scratch);

/* A bit for each value: whether it lies strictly between the codes of the bounds. Rows are whole bytes; channel c is
 * bit c mod 8 of byte c / 8. */
typedef struct {
  int32_t rows, channels;
} tinyml_inside_bits_s8_params;
void tinyml_inside_bits_s8(const tinyml_inside_bits_s8_params *params, const int8_t *values, const float *quantizer,
                           const float *bounds, int8_t *bits, void *scratch);

/* Back through a bounding activation: the gradient (updated) stays where the bit of inside_bits_s8 is set, else it
 * becomes 0; and the extent of what stays. */
typedef tinyml_inside_bits_s8_params tinyml_masked_gradient_f32_params;
void tinyml_masked_gradient_f32(const tinyml_masked_gradient_f32_params *params, const int8_t *bits, float *gradient,
                                float *extent, void *scratch);

/* output = encode_s8 to the nearest of rescale_s32 of conv2d_sums_s8, one element after the other. Weights of the first
 * channels are in weights, those of the others in rest; scale has one number per output channel when per_channel is 1.
 * */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, groups, first_channels, rest_channels, per_channel, bias_size, low,
      high;
} tinyml_conv2d_encode_s8_params;
void tinyml_conv2d_encode_s8(const tinyml_conv2d_encode_s8_params *params, const int8_t *input, const float *quantizer,
                             const int8_t *weights, const int8_t *rest, const float *scale, const float *bias,
                             const float *output_quantizer, const float *bounds, int8_t *output, void *scratch);

/* The extent of rescale_s32 of conv2d_input_gradient_s8, masked by bits where masked is 1, then times a factor per
 * channel where scaled is 1; sums of the channels between the two where summed is 1. Sums of the first pixels of 16
 * channels are kept. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, groups, first_channels, rest_channels, kept, masked, scaled, summed;
} tinyml_conv2d_input_gradient_extent_s8_params;
void tinyml_conv2d_input_gradient_extent_s8(const tinyml_conv2d_input_gradient_extent_s8_params *params,
                                            const int8_t *gradient, const float *quantizer, const int8_t *weights,
                                            const int8_t *rest, const float *scale, const int8_t *bits,
                                            const float *factors, float *extent, float *sums, int32_t *kept_sums,
                                            void *scratch);

/* The codes of what conv2d_input_gradient_extent_s8 has the extent of, as encode_s8 makes them without bounds; sums
 * that it kept are read. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, groups, first_channels, rest_channels, kept, masked, scaled, limit,
      stochastic, stream;
} tinyml_conv2d_input_gradient_encode_s8_params;
void tinyml_conv2d_input_gradient_encode_s8(const tinyml_conv2d_input_gradient_encode_s8_params *params,
                                            const int8_t *gradient, const float *quantizer, const int8_t *weights,
                                            const int8_t *rest, const float *scale, const int8_t *bits,
                                            const float *factors, const float *gradient_quantizer, const int32_t *key,
                                            const int32_t *kept_sums, int8_t *input_gradient, void *scratch);

/* rescale_s32 of conv2d_input_gradient_s8, a pixel after the other, added to numbers where adds is 1. May run in place
 * on these. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, groups, first_channels, rest_channels, adds;
} tinyml_conv2d_input_gradient_add_s8_params;
void tinyml_conv2d_input_gradient_add_s8(const tinyml_conv2d_input_gradient_add_s8_params *params, const float *added,
                                         const int8_t *gradient, const float *quantizer, const int8_t *weights,
                                         const int8_t *rest, const float *scale, float *input_gradient, void *scratch);

/* The extent of avg_pool2d_gradient_f32, masked by bits where masked is 1, then times a factor per channel where scaled
 * is 1; sums of the channels between the two where summed is 1. */
typedef struct {
  int32_t batch, in_h, in_w, channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left,
      count_include_pad, masked, scaled, summed;
} tinyml_avg_pool2d_gradient_extent_f32_params;
void tinyml_avg_pool2d_gradient_extent_f32(const tinyml_avg_pool2d_gradient_extent_f32_params *params,
                                           const float *gradient, const int8_t *bits, const float *factors,
                                           float *extent, float *sums, void *scratch);

/* The codes of what avg_pool2d_gradient_extent_f32 has the extent of, as encode_s8 makes them without bounds, a pixel
 * after the other. */
typedef struct {
  int32_t batch, in_h, in_w, channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left,
      count_include_pad, masked, scaled, limit, stochastic, stream;
} tinyml_avg_pool2d_gradient_encode_f32_params;
void tinyml_avg_pool2d_gradient_encode_f32(const tinyml_avg_pool2d_gradient_encode_f32_params *params,
                                           const float *gradient, const int8_t *bits, const float *factors,
                                           const float *gradient_quantizer, const int32_t *key, int8_t *input_gradient,
                                           void *scratch);

/* avg_pool2d_f32 of decode_s8: every code is decoded as it is added. */
typedef tinyml_avg_pool2d_f32_params tinyml_avg_pool2d_decode_s8_params;
void tinyml_avg_pool2d_decode_s8(const tinyml_avg_pool2d_decode_s8_params *params, const int8_t *input,
                                 const float *quantizer, float *output, void *scratch);

/* Loss-aware compensation: output[i] = bias[i mod bias_size] + (alpha[i] * mu[i] + offset[i]). */
typedef struct {
  int32_t size, bias_size;
} tinyml_compensation_f32_params;
void tinyml_compensation_f32(const tinyml_compensation_f32_params *params, const float *bias, const float *alpha,
                             const float *mu, const float *offset, float *output, void *scratch);

/* Its gradients: d * mu, alpha * d + decay * mu, d + decay * offset. */
typedef struct {
  int32_t size;
} tinyml_compensation_gradient_f32_params;
void tinyml_compensation_gradient_f32(const tinyml_compensation_gradient_f32_params *params, const float *gradient,
                                      const float *alpha, const float *mu, const float *offset, const float *decay,
                                      float *alpha_gradient, float *mu_gradient, float *offset_gradient, void *scratch);

/* The mu that takes off what the zero point adds: -(zero point * sum of the row's codes) * (scale * scale of the row).
 * */
typedef struct {
  int32_t rows, columns;
} tinyml_tied_compensation_f32_params;
void tinyml_tied_compensation_f32(const tinyml_tied_compensation_f32_params *params, const int8_t *weights,
                                  const float *scale, const float *quantizer, float *output, void *scratch);

/* Sums over the rows, each a float64 chain: input [rows][size], output [size], 8 * size bytes of scratch. */
typedef struct {
  int32_t size, rows;
} tinyml_sum_rows_f32_params;
void tinyml_sum_rows_f32(const tinyml_sum_rows_f32_params *params, const float *input, float *output, void *scratch);

/* Per patch of patch x patch pixels, with d = input - reference: the sum of |d|, the greatest |d|, the sum of |input +
 * input_offset| and the number of |d| > threshold, requantised by multiplier[4] and shift[4]; zero point -128.
 * statistics [height / patch][width / patch][4]. */
typedef struct {
  int32_t height, width, channels, patch, input_offset, threshold;
} tinyml_patch_statistics_s8_params;
void tinyml_patch_statistics_s8(const tinyml_patch_statistics_s8_params *params, const int8_t *input,
                                const int8_t *reference, const int32_t *multiplier, const int32_t *shift,
                                int8_t *statistics, void *scratch);

/* mask = 1 for the patches that are computed anew: all at the start (clock 0), when clock >= key_frame > 0 or with
 * scene_cut active ones, else the active ones, of scores > threshold or age >= max_age > 0. age (updated) is 0 where
 * they are, else counts up; clock (updated) is 1 after all were, else counts up. Both as codes with the zero point
 * -128, and stop at 255. */
typedef struct {
  int32_t patches, threshold, max_age, key_frame, scene_cut;
} tinyml_gate_patches_s8_params;
void tinyml_gate_patches_s8(const tinyml_gate_patches_s8_params *params, const int8_t *scores, int8_t *mask,
                            int8_t *age, int8_t *clock, void *scratch);

/* The tile list (tinyml_tiles.h) of the patches, of patch_h x patch_w pixels, whose mask is not 0; the whole image
 * where they are more than dense_above. */
typedef struct {
  int32_t rows, columns, patch_h, patch_w, dense_above, capacity;
} tinyml_list_tiles_s32_params;
void tinyml_list_tiles_s32(const tinyml_list_tiles_s32_params *params, const int8_t *mask, int32_t *tiles,
                           void *scratch);

/* The tile list of the output pixels whose windows touch the tiles of a list of the input, per tile a rectangle; a tile
 * at an edge of the input reaches that edge of the output. */
typedef struct {
  int32_t in_h, in_w, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left,
      capacity;
} tinyml_dilate_tiles_s32_params;
void tinyml_dilate_tiles_s32(const tinyml_dilate_tiles_s32_params *params, const int32_t *tiles, int32_t *dilated,
                             void *scratch);

/* The tile list of the pixels of either of two lists. */
typedef struct {
  int32_t height, width, capacity;
} tinyml_unite_tiles_s32_params;
void tinyml_unite_tiles_s32(const tinyml_unite_tiles_s32_params *params, const int32_t *tiles1, const int32_t *tiles2,
                            int32_t *united, void *scratch);

/* Copies the pixels of a tile list of height x width pixels. */
typedef struct {
  int32_t height, width, channels, capacity;
} tinyml_copy_tiles_s8_params;
void tinyml_copy_tiles_s8(const tinyml_copy_tiles_s8_params *params, const int8_t *input, const int32_t *tiles,
                          int8_t *output, void *scratch);

/* conv2d_s8 for the output pixels of a tile list. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, groups, input_offset, output_offset, act_min, act_max, capacity;
} tinyml_conv2d_tiles_s8_params;
void tinyml_conv2d_tiles_s8(const tinyml_conv2d_tiles_s8_params *params, const int8_t *input, const int32_t *tiles,
                            const int8_t *weights, const int32_t *bias, const int32_t *multiplier, const int32_t *shift,
                            int8_t *output, void *scratch);

/* depthwise_conv2d_s8 for the output pixels of a tile list. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, depth_multiplier, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, input_offset, output_offset, act_min, act_max, capacity;
} tinyml_depthwise_conv2d_tiles_s8_params;
void tinyml_depthwise_conv2d_tiles_s8(const tinyml_depthwise_conv2d_tiles_s8_params *params, const int8_t *input,
                                      const int32_t *tiles, const int8_t *weights, const int32_t *bias,
                                      const int32_t *multiplier, const int32_t *shift, int8_t *output, void *scratch);

/* add_s8 for the pixels of a tile list of height x width pixels. */
typedef struct {
  int32_t size, left_shift, input1_offset, input1_multiplier, input1_shift, input2_offset, input2_multiplier,
      input2_shift, output_offset, output_multiplier, output_shift, act_min, act_max, height, width, capacity;
} tinyml_add_tiles_s8_params;
void tinyml_add_tiles_s8(const tinyml_add_tiles_s8_params *params, const int8_t *input1, const int8_t *input2,
                         const int32_t *tiles, int8_t *output, void *scratch);

/* mul_s8 for the pixels of a tile list of height x width = outer pixels. */
typedef struct {
  int32_t outer, channels, repeat, input1_offset, input2_offset, output_offset, output_multiplier, output_shift,
      act_min, act_max, height, width, capacity;
} tinyml_mul_tiles_s8_params;
void tinyml_mul_tiles_s8(const tinyml_mul_tiles_s8_params *params, const int8_t *input1, const int8_t *input2,
                         const int32_t *tiles, int8_t *output, void *scratch);

/* lut_s8 for the pixels of a tile list of height x width pixels. */
typedef struct {
  int32_t size, height, width, capacity;
} tinyml_lut_tiles_s8_params;
void tinyml_lut_tiles_s8(const tinyml_lut_tiles_s8_params *params, const int8_t *input, const int32_t *tiles,
                         const int8_t *table, int8_t *output, void *scratch);

/* max_pool2d_s8 for the output pixels of a tile list. */
typedef struct {
  int32_t batch, in_h, in_w, channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w,
      pad_top, pad_left, act_min, act_max, capacity;
} tinyml_max_pool2d_tiles_s8_params;
void tinyml_max_pool2d_tiles_s8(const tinyml_max_pool2d_tiles_s8_params *params, const int8_t *input,
                                const int32_t *tiles, int8_t *output, void *scratch);

/* avg_pool2d_s8 for the output pixels of a tile list. */
typedef struct {
  int32_t batch, in_h, in_w, channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left,
      count_include_pad, input_offset, act_min, act_max, capacity;
} tinyml_avg_pool2d_tiles_s8_params;
void tinyml_avg_pool2d_tiles_s8(const tinyml_avg_pool2d_tiles_s8_params *params, const int8_t *input,
                                const int32_t *tiles, int8_t *output, void *scratch);

/* mean_pool2d_s8 for the output pixels of a tile list. */
typedef struct {
  int32_t batch, in_h, in_w, channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w,
      pad_top, pad_left, input_offset, output_offset, act_min, act_max, multiplier, shift, capacity;
} tinyml_mean_pool2d_tiles_s8_params;
void tinyml_mean_pool2d_tiles_s8(const tinyml_mean_pool2d_tiles_s8_params *params, const int8_t *input,
                                 const int32_t *tiles, int8_t *output, void *scratch);

/* Of every patch, with d = input - reference, within 0 .. 1: mean |d| / (16 unit), max |d| / (64 unit), mean |input| /
 * (256 unit), share of elements with |d| > 1.5 unit. Sums are float64 chains. */
typedef struct {
  int32_t batch, rows, columns, patch, channels;
} tinyml_patch_statistics_f32_params;
void tinyml_patch_statistics_f32(const tinyml_patch_statistics_f32_params *params, const float *input,
                                 const float *reference, const float *unit, float *statistics, void *scratch);

/* A random mask from scores. rule 0: share = sigmoid((score + logistic noise) / temperature), mask = 1 where that is
 * above 1/2; rule 1: share = (score - Gumbel noise), from its least to its greatest value, mask = 1 with that
 * probability. spread: the temperature, or greatest less least. hard 0: the mask is the share. anneal[0]: the
 * temperature. */
typedef struct {
  int32_t size, stream, rule, hard;
} tinyml_patch_mask_f32_params;
void tinyml_patch_mask_f32(const tinyml_patch_mask_f32_params *params, const float *scores, const int32_t *key,
                           const float *anneal, float *mask, float *share, float *spread, void *scratch);

/* The gradient of scores from that of the shares that patch_mask_f32 made of them. rule 0: gradient share (1 - share) /
 * spread; rule 1: through the division by greatest less least, whose first places get their part. Sums are float64
 * chains. */
typedef struct {
  int32_t size, rule;
} tinyml_patch_mask_gradient_f32_params;
void tinyml_patch_mask_gradient_f32(const tinyml_patch_mask_gradient_f32_params *params, const float *gradient,
                                    const float *share, const float *spread, float *scores, void *scratch);

/* m input + (1 - m) reference with the mask m of the patch, or 1 - mask where it is inverted. */
typedef struct {
  int32_t batch, rows, columns, patch, channels, inverted;
} tinyml_patch_mix_f32_params;
void tinyml_patch_mix_f32(const tinyml_patch_mix_f32_params *params, const float *input, const float *reference,
                          const float *mask, float *output, void *scratch);

/* The gradient of the mask of patch_mix_f32: the sum of gradient (input - reference) over the patch, a float64 chain;
 * less than nothing where it is inverted. */
typedef struct {
  int32_t batch, rows, columns, patch, channels, inverted;
} tinyml_patch_mix_gradient_f32_params;
void tinyml_patch_mix_gradient_f32(const tinyml_patch_mix_gradient_f32_params *params, const float *gradient,
                                   const float *input, const float *reference, float *mask, void *scratch);

/* The loss of a gate: mean over the samples of contrast max(0, (|anchor - positive| - |anchor - negative|) / |anchor| +
 * margin) + distillation |anchor - positive|^2 / |anchor|^2, plus anneal[1] times (skipped - budget)^2, hinge 1: times
 * max(0, budget - skipped), with skipped the mean of 1 - mask. settings: contrast, margin, budget, distillation.
 * result: the loss, and batch times skipped. float64 inside. */
typedef struct {
  int32_t batch, features, patches, hinge;
} tinyml_patch_contrast_f32_params;
void tinyml_patch_contrast_f32(const tinyml_patch_contrast_f32_params *params, const float *anchor,
                               const float *positive, const float *negative, const float *mask, const float *anneal,
                               const float *settings, float *positive_gradient, float *negative_gradient,
                               float *mask_gradient, float *result, void *scratch);

/* As tinyml_conv2d_s8 with weights of 4 bits, each row_size codes an output channel: [kernel_h][kernel_w][in_channels /
 * groups], padded. */
typedef struct {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels, kernel_h, kernel_w, stride_h, stride_w,
      dilation_h, dilation_w, pad_top, pad_left, groups, input_offset, output_offset, act_min, act_max, row_size, group,
      block;
} tinyml_conv2d_s4_params;
void tinyml_conv2d_s4(const tinyml_conv2d_s4_params *params, const int8_t *input, const int8_t *weights,
                      const int8_t *factors, const int32_t *bias, const int32_t *multiplier, const int32_t *shift,
                      int8_t *output, void *scratch);

/* As tinyml_fully_connected_s8 with weights of 4 bits, each row_size codes an output feature: [in_features], padded. */
typedef struct {
  int32_t rows, in_features, out_features, per_channel, input_offset, output_offset, act_min, act_max, row_size, group,
      block, room;
} tinyml_fully_connected_s4_params;
void tinyml_fully_connected_s4(const tinyml_fully_connected_s4_params *params, const int8_t *input,
                               const int8_t *weights, const int8_t *factors, const int32_t *bias,
                               const int32_t *multiplier, const int32_t *shift, int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif
