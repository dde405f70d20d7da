#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"
#include "tinyml_reciprocal.h"
#include "tinyml_state_sums.h"

/* max(x + offset, 0), which is at most 255 */
static inline int32_t relu_of(int32_t x, int32_t offset) {
  const int32_t value = x + offset;
  return value > 0 ? value : 0;
}

/* What a divisor is multiplied with instead: 2^62 over it with its leading bit at 2^31, and what else a dividend is shifted by. */
static tinyml_reciprocal inverse_of(uint64_t divisor) {
  if (divisor == 0) return (tinyml_reciprocal){0, 41};
  const int32_t zeros = tinyml_leading_zeros_wide(divisor);
  return (tinyml_reciprocal){tinyml_reciprocal_of((uint32_t)((divisor << zeros) >> 32)), 41 - zeros};
}

/* dividend / divisor in Q20, where the dividend is at most 255 times the divisor, so that what it is scaled to is below 2^31. */
static inline int32_t quotient_of(int64_t dividend, tinyml_reciprocal by) {
  const int32_t scaled = by.right > 0 ? (int32_t)((dividend + (INT64_C(1) << (by.right - 1))) >> by.right)
                                      : (int32_t)((uint32_t)dividend << -by.right);
  return ((int32_t)(((int64_t)scaled * by.reciprocal) >> 32) + 1) >> 1;
}

/* The same for by.right of 1 to 31. */
static inline int32_t near_quotient_of(int64_t dividend, tinyml_reciprocal by) {
  const uint64_t rounded = (uint64_t)dividend + (UINT32_C(1) << (by.right - 1));
  const uint32_t scaled = (uint32_t)rounded >> by.right | (uint32_t)(rounded >> 32) << (32 - by.right);
  return ((int32_t)(((int64_t)(int32_t)scaled * by.reciprocal) >> 32) + 1) >> 1;
}

/* What a query, of which `line` is left, makes of products. */
static void outputs_of(const tinyml_linear_attention_s8_params *p, const int32_t *products, const int32_t *line,
                       tinyml_reciprocal by, int8_t *y) {
  const int32_t keys = p->keys, multiplier = p->multiplier, shift = p->shift, zero_point = p->output_offset;
  const int32_t min = p->act_min, max = p->act_max, next = p->output_channel;
  if (by.right < 1 || by.right > 31 || shift > -2) {
    for (int32_t e = 0; e < p->values; e++, products += keys, y += next) {
      const int32_t mean = quotient_of(tinyml_state_times(products, line, keys), by);
      *y = tinyml_output_s8(tinyml_requantize(mean, multiplier, shift), zero_point, min, max);
    }
    return;
  }
  const int32_t unit = (int32_t)(UINT32_C(1) << (32 + shift));
  for (int32_t e = p->values; e > 0; e--, products += keys, y += next) {
    const int32_t mean = near_quotient_of(tinyml_state_times(products, line, keys), by);
    *y = (int8_t)tinyml_clamp(tinyml_requantize_onto(zero_point, mean, multiplier, unit), min, max);
  }
}

/* Sums of all tokens, two at a time: of values times keys, [values][keys], and of keys, as of a value of 1. The last one of an odd
 * number has nothing beside it. */
static void add_tokens(const tinyml_linear_attention_s8_params *p, const int8_t *k, const int8_t *v, int32_t *products,
                       uint32_t *pairs) {
  for (int32_t n = 0; n < p->tokens; n += 2, k += 2 * p->key_token, v += 2 * p->value_token) {
    const int32_t two = p->tokens - n > 1, next_key = two ? p->key_token : 0, next_value = two ? p->value_token : 0;
    int32_t *row = products;
    for (int32_t c = 0; c < p->keys; c++) {
      const int8_t *x = k + c * p->key_channel;
      const int32_t second = two ? relu_of(x[next_key], p->key_offset) : 0;
      pairs[c] = (uint32_t)relu_of(*x, p->key_offset) | (uint32_t)second << 16;
    }
    for (int32_t e = 0; e < p->values; e++, row += p->keys) {
      const int8_t *x = v + e * p->value_channel;
      tinyml_add_tokens(row, pairs, p->keys, *x + p->value_offset, x[next_value] + p->value_offset);
    }
    tinyml_add_tokens(row, pairs, p->keys, 1, 1);
  }
}

void tinyml_linear_attention_s8(const tinyml_linear_attention_s8_params *params, const int8_t *query, const int8_t *key,
                                const int8_t *value, int8_t *output, void *scratch) {
  const tinyml_linear_attention_s8_params p = *params;
  int32_t *products = scratch; /* [values][keys] */
  int32_t *sums = products + p.values * p.keys, *line = sums + p.keys;
  for (int32_t head = 0; head < p.batch0 * p.batch1; head++) {
    const int32_t i = head / p.batch1, j = head % p.batch1;
    const int8_t *q = query + p.query_start + i * p.query_batch0 + j * p.query_batch1;
    const int8_t *k = key + p.key_start + i * p.key_batch0 + j * p.key_batch1;
    const int8_t *v = value + p.value_start + i * p.value_batch0 + j * p.value_batch1;
    int8_t *y = output + p.output_start + i * p.output_batch0 + j * p.output_batch1;
    for (int32_t c = 0; c < (p.values + 1) * p.keys; c++) products[c] = 0;
    add_tokens(params, k, v, products, (uint32_t *)line);
    for (int32_t n = 0; n < p.tokens; n++, q += p.query_token, y += p.output_token) {
      for (int32_t c = 0; c < p.keys; c++) line[c] = relu_of(q[c * p.query_channel], p.query_offset);
      const tinyml_reciprocal by =
          inverse_of((uint64_t)tinyml_state_times(sums, line, p.keys) + (uint64_t)(uint32_t)p.epsilon);
      outputs_of(params, products, line, by, y);
    }
  }
}
