/* Arithmetic on sizes that cannot overflow, and what ranges cannot say of parameters: src/program/rules.ts has the same. */
#ifndef TINYML_ENGINE_RULES_H
#define TINYML_ENGINE_RULES_H

#include <stdbool.h>
#include <stdint.h>

/* Every index that a kernel forms is an int32: no product of sizes may exceed it, padding included. */
#define TINYML_LIMIT ((int64_t)INT32_MAX)

/* a * b, or TINYML_LIMIT + 1 where that is more. Both at least 0 and at most TINYML_LIMIT + 1. */
static inline int64_t tinyml_times(int64_t a, int64_t b) {
  return a * b > TINYML_LIMIT ? TINYML_LIMIT + 1 : a * b;
}

static inline int64_t tinyml_product(int32_t count, const int64_t *factors) {
  int64_t result = 1;
  for (int32_t i = 0; i < count; i++) {
    result = tinyml_times(result, factors[i] > TINYML_LIMIT ? TINYML_LIMIT + 1 : factors[i]);
  }
  return result;
}

#define PRODUCT(...) \
  tinyml_product((int32_t)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]){__VA_ARGS__})

/* Whether parameters that are in their ranges go together; `elements` are what the operands have. */
bool tinyml_rule_conv2d(const void *params, const int64_t *elements);
bool tinyml_rule_conv2d_s4(const void *params, const int64_t *elements);
bool tinyml_rule_fully_connected_s4(const void *params, const int64_t *elements);
bool tinyml_rule_conv2d_parts(const void *params, const int64_t *elements);
bool tinyml_rule_conv2d_kept(const void *params, const int64_t *elements);
bool tinyml_rule_conv2d_pairs(const void *params, const int64_t *elements);
bool tinyml_rule_conv2d_words(const void *params, const int64_t *elements);
bool tinyml_rule_fully_connected_pairs(const void *params, const int64_t *elements);
bool tinyml_rule_fully_connected_words(const void *params, const int64_t *elements);
bool tinyml_rule_conv2d_vectors(const void *params, const int64_t *elements);
bool tinyml_rule_conv2d_groups_pairs(const void *params, const int64_t *elements);
bool tinyml_rule_conv2d_groups_vectors(const void *params, const int64_t *elements);
bool tinyml_rule_conv_transpose2d_pairs(const void *params, const int64_t *elements);
bool tinyml_rule_conv_transpose2d_vectors(const void *params, const int64_t *elements);
bool tinyml_rule_fully_connected_vectors(const void *params, const int64_t *elements);
bool tinyml_rule_depthwise_conv2d(const void *params, const int64_t *elements);
bool tinyml_rule_depthwise_conv2d_planes(const void *params, const int64_t *elements);
bool tinyml_rule_depthwise_conv2d_columns(const void *params, const int64_t *elements);
bool tinyml_rule_depthwise_conv2d_rows(const void *params, const int64_t *elements);
bool tinyml_rule_conv_transpose2d(const void *params, const int64_t *elements);
bool tinyml_rule_avg_pool2d(const void *params, const int64_t *elements);
bool tinyml_rule_max_pool2d(const void *params, const int64_t *elements);
bool tinyml_rule_softmax(const void *params, const int64_t *elements);
bool tinyml_rule_codes(const void *params, const int64_t *elements);
bool tinyml_rule_patches(const void *params, const int64_t *elements);
bool tinyml_rule_windows(const void *params, const int64_t *elements);
bool tinyml_rule_add_tiles(const void *params, const int64_t *elements);
bool tinyml_rule_lut_tiles(const void *params, const int64_t *elements);
bool tinyml_rule_mul_tiles(const void *params, const int64_t *elements);
bool tinyml_rule_copy(const void *params, const int64_t *elements);
bool tinyml_rule_matrices(const void *params, const int64_t *elements);
bool tinyml_rule_matrix_sums(const void *params, const int64_t *elements);
bool tinyml_rule_batch_matmul(const void *params, const int64_t *elements);
bool tinyml_rule_masked_rows(const void *params, const int64_t *elements);
bool tinyml_rule_masked_softmax(const void *params, const int64_t *elements);
bool tinyml_rule_linear_attention(const void *params, const int64_t *elements);
bool tinyml_rule_attention(const void *params, const int64_t *elements);
bool tinyml_rule_normalize(const void *params, const int64_t *elements);
bool tinyml_rule_walks2(const void *params, const int64_t *elements);
bool tinyml_rule_walks3(const void *params, const int64_t *elements);
bool tinyml_rule_top_k(const void *params, const int64_t *elements);
bool tinyml_rule_recurrent(const void *params, const int64_t *elements);

#endif
