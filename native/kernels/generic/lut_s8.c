#include "../tinyml_kernels.h"

void tinyml_lut_s8(const tinyml_lut_s8_params *params, const int8_t *input, const int8_t *table, int8_t *output,
                   void *scratch) {
  const int32_t size = params->size;
  (void)scratch;
  for (int32_t i = 0; i < size; i++) output[i] = table[input[i] + 128];
}
