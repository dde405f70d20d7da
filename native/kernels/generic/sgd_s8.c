#include "../tinyml_kernels.h"
#include "tinyml_descend.h"

void tinyml_sgd_s8(const tinyml_sgd_s8_params *params, const float *gradient, const float *scale, const float *control,
                   const int32_t *key, int8_t *codes, void *scratch) {
  const tinyml_sgd_s8_params p = *params;
  const float rate = control[0];
  const uint32_t own = tinyml_random_bits((uint32_t)*key, (uint32_t)p.stream);
  uint32_t index = 0;
  (void)scratch;
  for (int32_t row = 0; row < p.rows; row++) {
    const float own_rate = rate / scale[row];
    const tinyml_descent by = {p.of_codes == 1 ? own_rate / scale[row] : own_rate, 1.0f, p.limit, own};
    for (int32_t i = 0; i < p.columns; i++, index++) {
      codes[index] = tinyml_descended(&by, codes[index], gradient[index], index);
    }
  }
}
