#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

void tinyml_tied_compensation_f32(const tinyml_tied_compensation_f32_params *params, const int8_t *weights,
                                  const float *scale, const float *quantizer, float *output, void *scratch) {
  const int32_t rows = params->rows, columns = params->columns;
  const uint32_t zero_point = (uint32_t)-tinyml_zero_point(quantizer);
  (void)scratch;
  for (int32_t row = 0; row < rows; row++) {
    uint32_t sum = 0;
    for (int32_t i = 0; i < columns; i++) {
      const int32_t code = *weights++;
      sum += (uint32_t)code;
    }
    const float lacking = (float)(int32_t)(zero_point * sum);
    output[row] = lacking * (quantizer[TINYML_SCALE] * scale[row]);
  }
}
