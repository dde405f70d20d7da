#include <stddef.h>

#include "../tinyml_kernels.h"
#include "tinyml_matrix.h"
#include "tinyml_quad.h"
#include "tinyml_softmax.h"

/* Two queries at a time: the scores of a row become its probabilities where they lie, and are gone after the product with the
 * values. Whatever its strides, an operand is read with what a product sums over side by side: keys and values are laid out
 * anew once for each head where they do not lie so. */
enum { ROWS = 2 };

/* Scores as the model has them between their product and the softmax. */
static void through_table(int8_t *scores, int32_t count, const int8_t *table) {
  for (int32_t k = 0; k < count; k++) scores[k] = table[scores[k] + 128];
}

void tinyml_attention_s8(const tinyml_attention_s8_params *params, const int8_t *query, const int8_t *key,
                         const int8_t *value, const int8_t *mask, const int32_t *exponentials, const int8_t *table,
                         int8_t *output, void *scratch) {
  const tinyml_attention_s8_params p = *params;
  const int32_t longest = p.depth > p.columns ? p.depth : p.columns, masked = p.mask_least > INT8_MIN;
  const int32_t packs_query = p.query_channel != 1, packs_key = p.key_channel != 1;
  const int32_t packs_value = p.value_token != 1, packs_output = p.output_channel != 1;
  int8_t *scores = (int8_t *)scratch + TINYML_QUAD_ROOM(longest), *lines = scores + ROWS * p.columns;
  int8_t *outputs = lines + (packs_query ? ROWS * p.depth : 0);
  int8_t *keys = outputs + (packs_output ? ROWS * p.values : 0);
  int8_t *values = keys + (packs_key ? p.columns * p.depth : 0);
  int32_t bias[ROWS] = {0, 0};
  const tinyml_quad to_scores = {
      .taps = 1,
      .columns = 1,
      .count = p.depth,
      .w_channel = packs_key ? p.depth : p.key_token,
      .input_offset = p.query_offset,
      .output_offset = p.score_offset,
      .act_min = p.score_min,
      .act_max = p.score_max,
      .one_bias = 1,
      .bias = bias,
      .multiplier = &p.score_multiplier,
      .shift = &p.score_shift,
  };
  const tinyml_quad to_outputs = {
      .taps = 1,
      .columns = 1,
      .count = p.columns,
      .w_channel = packs_value ? p.columns : p.value_channel,
      .input_offset = -INT8_MIN,
      .output_offset = p.output_offset,
      .act_min = p.act_min,
      .act_max = p.act_max,
      .one_bias = 1,
      .bias = bias,
      .multiplier = &p.multiplier,
      .shift = &p.shift,
  };
  for (int32_t head = 0; head < p.batch0 * p.batch1; head++) {
    const int32_t i = head / p.batch1, j = head % p.batch1;
    const int8_t *q = query + p.query_start + i * p.query_batch0 + j * p.query_batch1;
    const int8_t *k = key + p.key_start + i * p.key_batch0 + j * p.key_batch1;
    const int8_t *v = value + p.value_start + i * p.value_batch0 + j * p.value_batch1;
    const int8_t *m = mask + p.mask_start + i * p.mask_batch0 + j * p.mask_batch1;
    int8_t *y = output + p.output_start + i * p.output_batch0 + j * p.output_batch1;
    if (packs_key) {
      tinyml_lay_out(keys, k, p.columns, p.key_token, p.depth, p.key_channel);
      k = keys;
    }
    if (packs_value) {
      tinyml_lay_out(values, v, p.values, p.value_channel, p.columns, p.value_token);
      v = values;
    }
    for (int32_t first = 0, rows; first < p.rows; first += rows) {
      const int32_t from_next = packs_query ? p.depth : p.query_token;
      const int32_t to_next = packs_output ? p.values : p.output_token;
      const int8_t *from = packs_query ? lines : q;
      int8_t *to = packs_output ? outputs : y;
      rows = p.rows - first < ROWS ? 1 : ROWS;
      if (packs_query) tinyml_lay_out(lines, q, rows, p.query_token, p.depth, p.query_channel);
      for (int32_t row = 0; row < rows; row++) {
        bias[row] =
            p.key_offset == 0 ? 0 : p.key_offset * tinyml_sum_of(from + row * from_next, p.depth, p.query_offset);
      }
      tinyml_quad_rows(&to_scores, rows, p.columns, from, from_next, k, scores, p.columns, scratch);
      if (p.tabled) through_table(scores, rows * p.columns, table);
      for (int32_t row = 0; row < rows; row++, m += p.mask_row) {
        const tinyml_tabled_row of = {p.columns, exponentials, masked ? m : NULL, p.mask_column, p.mask_least};
        bias[row] = p.value_offset * tinyml_softmax_tabled(&of, scores + row * p.columns);
      }
      tinyml_quad_rows(&to_outputs, rows, p.values, scores, p.columns, v, to, to_next, scratch);
      for (int32_t row = 0; row < rows && packs_output; row++) {
        for (int32_t e = 0; e < p.values; e++) y[row * p.output_token + e * p.output_channel] = to[row * p.values + e];
      }
      q += rows * p.query_token;
      y += rows * p.output_token;
    }
  }
}
