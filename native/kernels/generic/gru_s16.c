#include <string.h>

#include "../tinyml_kernels.h"
#include "tinyml_recurrent_s16.h"

void tinyml_gru_s16(const tinyml_gru_s16_params *params, const int16_t *input, const int16_t *initial_h,
                    const int8_t *weights, const int32_t *bias, const int32_t *multiplier, const int32_t *shift,
                    const int8_t *recurrent_weights, const int32_t *recurrent_bias, const int32_t *recurrent_multiplier,
                    const int32_t *recurrent_shift, const int16_t *table, int16_t *output, int16_t *last_h,
                    void *scratch) {
  const tinyml_gru_s16_params p = *params;
  const tinyml_product of_input = {weights, bias, multiplier, shift, p.input_size, p.hidden};
  const tinyml_product of_state = {recurrent_weights, recurrent_bias,  recurrent_multiplier,
                                   recurrent_shift,   p.hidden, p.hidden};
  const int32_t row = p.batch * p.hidden;
  int16_t *h = scratch, *reset_h = h + p.hidden;
  memcpy(last_h, initial_h, (size_t)row * sizeof(*last_h));
  for (int32_t step = 0; step < p.steps; step++) {
    const int32_t time = p.reverse ? p.steps - 1 - step : step;
    const int16_t *x = input + time * p.batch * p.input_size;
    int16_t *y = output + (time * p.directions + p.direction) * row;
    int16_t *state = last_h;
    for (int32_t image = 0; image < p.batch; image++, x += p.input_size, y += p.hidden, state += p.hidden) {
      for (int32_t j = 0; j < p.hidden; j++) {
        h[j] = tinyml_wide_hidden(state[j], p.hidden_multiplier, p.hidden_shift);
      }
      for (int32_t j = 0; j < p.hidden && !p.linear_before_reset; j++) {
        int32_t from_input, from_state;
        tinyml_wide_gate_rows(&of_input, j, 1, 0, 1, x, &from_input);
        tinyml_wide_gate_rows(&of_state, j, 1, 0, 1, h, &from_state);
        const int32_t kept = tinyml_q15(tinyml_logistic(table, from_input + from_state) * state[j]);
        reset_h[j] = tinyml_wide_hidden(kept, p.hidden_multiplier, p.hidden_shift);
      }
      for (int32_t j = 0; j < p.hidden; j++) {
        int32_t gates[3], from_state[3], candidate;
        if (p.linear_before_reset) {
          tinyml_wide_gate_rows(&of_input, j, 0, 1, 3, x, gates);
          tinyml_wide_gate_rows(&of_state, j, 0, 1, 3, h, from_state);
          candidate = tinyml_q15(tinyml_logistic(table, gates[1] + from_state[1]) * tinyml_int16(from_state[2]));
        } else {
          tinyml_wide_gate_rows(&of_input, j, 0, 1, 1, x, gates);
          tinyml_wide_gate_rows(&of_input, j, 2, 1, 1, x, gates + 2);
          tinyml_wide_gate_rows(&of_state, j, 0, 1, 1, h, from_state);
          tinyml_wide_gate_rows(&of_state, j, 2, 1, 1, reset_h, &candidate);
        }
        const int32_t update = tinyml_logistic(table, gates[0] + from_state[0]);
        const int32_t fresh = tinyml_tangent(table, gates[2] + candidate);
        state[j] = (int16_t)tinyml_q15(update * state[j] + ((1 << 15) - update) * fresh);
        y[j] = tinyml_wide_hidden(state[j], p.hidden_multiplier, p.hidden_shift);
      }
    }
  }
}
