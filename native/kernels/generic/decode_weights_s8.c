#include "../tinyml_kernels.h"

void tinyml_decode_weights_s8(const tinyml_decode_weights_s8_params *params, const int8_t *input, const float *scale,
                              float *output, void *scratch) {
  const tinyml_decode_weights_s8_params p = *params;
  (void)scratch;
  for (int32_t row = 0; row < p.rows; row++) {
    for (int32_t i = 0; i < p.columns; i++) *output++ = (float)*input++ * scale[row];
  }
}
