#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

void tinyml_sgd_s8(const tinyml_sgd_s8_params *params, const float *gradient, const float *scale, const float *control,
                   const int32_t *key, int8_t *codes, void *scratch) {
  const tinyml_sgd_s8_params p = *params;
  const float rate = control[0], limit = (float)p.limit;
  const uint32_t own = tinyml_random_bits((uint32_t)*key, (uint32_t)p.stream);
  uint32_t index = 0;
  (void)scratch;
  for (int32_t row = 0; row < p.rows; row++) {
    const float per_code = rate / scale[row];
    for (int32_t i = 0; i < p.columns; i++, index++) {
      const float moved = (float)codes[index] - per_code * gradient[index];
      codes[index] = (int8_t)tinyml_round_stochastic(tinyml_between(moved, -limit, limit), own, index);
    }
  }
}
