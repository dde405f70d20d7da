#include "../tinyml_kernels.h"
#include "tinyml_recurrent_cell.h"

void tinyml_recurrent_cell_f32(const tinyml_recurrent_cell_f32_params *params, const float *of_input,
                               const float *of_state, const float *kept, float *hidden, float *state, void *scratch) {
  const int32_t size = params->hidden, gates = params->gates;
  (void)scratch;
  for (int32_t row = 0; row < params->batch; row++, of_input += gates * size, of_state += gates * size) {
    for (int32_t i = 0; i < size; i++, kept++, hidden++, state++) {
      const tinyml_cell_gates at = tinyml_cell_gates_of(of_input + i, of_state + i, size, gates);
      if (gates == 4) {
        *state = tinyml_fma(at.third, *kept, at.first * at.fourth);
        *hidden = at.second * tinyml_tanh_f32(*state);
      } else {
        *hidden = tinyml_fma(at.first, *kept - at.third, at.third);
        *state = *hidden;
      }
    }
  }
}
