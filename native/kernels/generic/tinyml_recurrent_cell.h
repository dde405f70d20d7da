/* The gates of one unit of an LSTM or a GRU: src/program/kernels/recurrent-cell-f32.ts has the meaning. */
#ifndef TINYML_RECURRENT_CELL_H
#define TINYML_RECURRENT_CELL_H

#include "tinyml_elementary.h"

/* LSTM: enter, open, forget, candidate. GRU: keep, reset, candidate, sum of the candidate's state. */
typedef struct {
  float first, second, third, fourth;
} tinyml_cell_gates;

/* Sums of one gate are `hidden` numbers apart. */
static inline tinyml_cell_gates tinyml_cell_gates_of(const float *of_input, const float *of_state, int32_t hidden,
                                                     int32_t gates) {
  tinyml_cell_gates at;
  at.first = tinyml_sigmoid_f32(of_input[0] + of_state[0]);
  at.second = tinyml_sigmoid_f32(of_input[hidden] + of_state[hidden]);
  if (gates == 4) {
    at.third = tinyml_sigmoid_f32(of_input[2 * hidden] + of_state[2 * hidden]);
    at.fourth = tinyml_tanh_f32(of_input[3 * hidden] + of_state[3 * hidden]);
  } else {
    at.fourth = of_state[2 * hidden];
    at.third = tinyml_tanh_f32(tinyml_fma(at.second, at.fourth, of_input[2 * hidden]));
  }
  return at;
}

#endif
