#include "../tinyml_kernels.h"
#include "tinyml_recurrent.h"

void tinyml_rnn_s8(const tinyml_rnn_s8_params *params, const int8_t *input, const int8_t *initial_h,
                   const int8_t *weights, const int32_t *bias, const int32_t *multiplier, const int32_t *shift,
                   const int8_t *recurrent_weights, const int32_t *recurrent_bias, const int32_t *recurrent_multiplier,
                   const int32_t *recurrent_shift, const int16_t *table, int8_t *output, void *scratch) {
  const tinyml_rnn_s8_params p = *params;
  const tinyml_product of_input = {weights, bias, multiplier, shift, p.input_size, p.hidden};
  const tinyml_product of_state = {recurrent_weights, recurrent_bias,  recurrent_multiplier,
                                   recurrent_shift,   p.hidden, p.hidden};
  const int32_t row = p.batch * p.hidden;
  const int8_t *h = initial_h;
  (void)scratch;
  for (int32_t step = 0; step < p.steps; step++) {
    const int32_t time = p.reverse ? p.steps - 1 - step : step;
    const int8_t *x = input + time * p.batch * p.input_size;
    int8_t *y = output + (time * p.directions + p.direction) * row, *const after = y;
    for (int32_t image = 0; image < p.batch; image++, x += p.input_size, h += p.hidden, y += p.hidden) {
      for (int32_t j = 0; j < p.hidden; j++) {
        int32_t from_input, from_state;
        tinyml_gate_rows(&of_input, j, 0, 1, 1, x, &from_input);
        tinyml_gate_rows(&of_state, j, 0, 1, 1, h, &from_state);
        const int32_t value = tinyml_tangent(table, from_input + from_state);
        y[j] = tinyml_hidden(value, p.hidden_multiplier, p.hidden_shift, p.output_offset);
      }
    }
    h = after;
  }
}
