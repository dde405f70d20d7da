#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

/* max(x + offset, 0) of `count` channels. */
static void relu_of(int32_t *to, const int8_t *x, int32_t stride, int32_t count, int32_t offset) {
  for (int32_t c = 0; c < count; c++, x += stride) {
    const int32_t value = *x + offset;
    to[c] = value > 0 ? value : 0;
  }
}

/* What a divisor is multiplied with instead: its leading bit at 2^31, and 2^62 over that. */
typedef struct {
  int32_t reciprocal, right;
} inverse;

static inverse inverse_of(uint64_t divisor) {
  inverse result = {0, 41};
  if (divisor == 0) return result;
  for (int32_t bits = 32; bits > 0; bits >>= 1) {
    if (divisor >> (64 - bits) != 0) continue;
    divisor <<= bits;
    result.right -= bits;
  }
  const uint64_t reciprocal = (UINT64_C(1) << 62) / (divisor >> 32);
  result.reciprocal = reciprocal > INT32_MAX ? INT32_MAX : (int32_t)reciprocal;
  return result;
}

/* dividend / divisor in Q20, where the dividend is at most 255 times the divisor. */
static inline int32_t quotient_of(int64_t dividend, inverse by) {
  const int64_t scaled = by.right > 0 ? (dividend + (INT64_C(1) << (by.right - 1))) >> by.right
                                      : dividend * (INT64_C(1) << -by.right);
  return (int32_t)((scaled * by.reciprocal + (INT64_C(1) << 32)) >> 33);
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
    for (int32_t n = 0; n < p.tokens; n++, k += p.key_token, v += p.value_token) {
      int32_t *row = products;
      relu_of(line, k, p.key_channel, p.keys, p.key_offset);
      for (int32_t c = 0; c < p.keys; c++) sums[c] += line[c];
      for (int32_t e = 0; e < p.values; e++, row += p.keys) {
        const int32_t weight = v[e * p.value_channel] + p.value_offset;
        for (int32_t c = 0; c < p.keys; c++) row[c] += weight * line[c];
      }
    }
    for (int32_t n = 0; n < p.tokens; n++, q += p.query_token, y += p.output_token) {
      const int32_t *row = products;
      uint64_t divisor = (uint64_t)(uint32_t)p.epsilon;
      relu_of(line, q, p.query_channel, p.keys, p.query_offset);
      for (int32_t c = 0; c < p.keys; c++) divisor += (uint64_t)(uint32_t)sums[c] * (uint32_t)line[c];
      const inverse by = inverse_of(divisor);
      for (int32_t e = 0; e < p.values; e++, row += p.keys) {
        int64_t dividend = 0;
        for (int32_t c = 0; c < p.keys; c++) dividend += (int64_t)row[c] * line[c];
        const int32_t mean = quotient_of(dividend, by);
        y[e * p.output_channel] = tinyml_output_s8(tinyml_requantize(mean, p.multiplier, p.shift), p.output_offset,
                                                   p.act_min, p.act_max);
      }
    }
  }
}
