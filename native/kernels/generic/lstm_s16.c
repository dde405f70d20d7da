#include "../tinyml_kernels.h"
#include "tinyml_recurrent_s16.h"

/* x / 2^15 rounded to the nearest, ties up, of a product of 47 bits. */
static inline int64_t q15_of(int64_t x) {
  return (x + (1 << 14)) >> 15;
}

void tinyml_lstm_s16(const tinyml_lstm_s16_params *params, const int16_t *input, const int16_t *initial_h,
                     const int16_t *initial_c, const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                     const int32_t *shift, const int8_t *recurrent_weights, const int32_t *recurrent_bias,
                     const int32_t *recurrent_multiplier, const int32_t *recurrent_shift, const int16_t *table,
                     int16_t *output, int16_t *last_c, void *scratch) {
  const tinyml_lstm_s16_params p = *params;
  const tinyml_product of_input = {weights, bias, multiplier, shift, p.input_size, p.hidden};
  const tinyml_product of_state = {recurrent_weights, recurrent_bias,  recurrent_multiplier,
                                   recurrent_shift,   p.hidden, p.hidden};
  const int32_t row = p.batch * p.hidden;
  const int16_t *h = initial_h;
  int32_t *const cells = scratch;
  for (int32_t i = 0; i < row; i++) cells[i] = initial_c[i] * (1 << 16);
  for (int32_t step = 0; step < p.steps; step++) {
    const int32_t time = p.reverse ? p.steps - 1 - step : step;
    const int16_t *x = input + time * p.batch * p.input_size;
    int16_t *y = output + (time * p.directions + p.direction) * row, *const after = y;
    int32_t *c = cells;
    for (int32_t image = 0; image < p.batch; image++, x += p.input_size, h += p.hidden, y += p.hidden, c += p.hidden) {
      for (int32_t j = 0; j < p.hidden; j++) {
        int32_t gates[4], from_state[4];
        tinyml_wide_gate_rows(&of_input, j, 0, 1, 4, x, gates);
        tinyml_wide_gate_rows(&of_state, j, 0, 1, 4, h, from_state);
        const int32_t in = tinyml_logistic(table, gates[0] + from_state[0]);
        const int32_t out = tinyml_logistic(table, gates[1] + from_state[1]);
        const int64_t kept = q15_of((int64_t)tinyml_logistic(table, gates[2] + from_state[2]) * c[j]);
        const int32_t fresh = tinyml_tangent(table, gates[3] + from_state[3]);
        const int64_t cell = kept + tinyml_requantize(in * fresh, p.cell_multiplier, p.cell_shift);
        c[j] = cell < INT32_MIN ? INT32_MIN : cell > INT32_MAX ? INT32_MAX : (int32_t)cell;
        const int32_t squashed =
            tinyml_tangent(table, tinyml_requantize(c[j], p.tangent_multiplier, p.tangent_shift));
        y[j] = tinyml_wide_hidden(out * squashed, p.hidden_multiplier, p.hidden_shift);
      }
    }
    h = after;
  }
  for (int32_t i = 0; i < row; i++) last_c[i] = tinyml_int16((int32_t)(((int64_t)cells[i] + (1 << 15)) >> 16));
}
