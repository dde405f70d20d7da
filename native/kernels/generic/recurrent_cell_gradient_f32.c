#include "../tinyml_kernels.h"
#include "tinyml_recurrent_cell.h"

static float slope(float s) {
  return s * (1.0f - s);
}

static float tanh_slope(float t) {
  return 1.0f - t * t;
}

void tinyml_recurrent_cell_gradient_f32(const tinyml_recurrent_cell_gradient_f32_params *params,
                                        const float *of_input, const float *of_state, const float *kept,
                                        const float *gradient, float *carried, float *input_gradient,
                                        float *state_gradient, void *scratch) {
  const int32_t size = params->hidden, gates = params->gates, row_size = gates * size;
  (void)scratch;
  for (int32_t row = 0; row < params->batch; row++, of_input += row_size, of_state += row_size,
               input_gradient += row_size, state_gradient += row_size) {
    for (int32_t i = 0; i < size; i++, kept++, gradient++, carried++) {
      const tinyml_cell_gates at = tinyml_cell_gates_of(of_input + i, of_state + i, size, gates);
      float *x = input_gradient + i, *h = state_gradient + i;
      if (gates == 4) {
        const float t = tinyml_tanh_f32(tinyml_fma(at.third, *kept, at.first * at.fourth));
        const float dc = tinyml_fma(*gradient * at.second, tanh_slope(t), *carried);
        x[0] = (dc * at.fourth) * slope(at.first);
        x[size] = (*gradient * t) * slope(at.second);
        x[2 * size] = (dc * *kept) * slope(at.third);
        x[3 * size] = (dc * at.first) * tanh_slope(at.fourth);
        for (int32_t gate = 0; gate < 4; gate++) h[gate * size] = x[gate * size];
        *carried = dc * at.third;
      } else {
        const float candidate = (*gradient * (1.0f - at.first)) * tanh_slope(at.third);
        x[0] = (*gradient * (*kept - at.third)) * slope(at.first);
        x[size] = (candidate * at.fourth) * slope(at.second);
        x[2 * size] = candidate;
        for (int32_t gate = 0; gate < 2; gate++) h[gate * size] = x[gate * size];
        h[2 * size] = candidate * at.second;
        *carried = *gradient * at.first;
      }
    }
  }
}
