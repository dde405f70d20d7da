#include "../tinyml_kernels.h"

void tinyml_add_bias_f32(const tinyml_add_bias_f32_params *params, const float *input, const float *bias,
                         float *output, void *scratch) {
  const int32_t size = params->size, bias_size = params->bias_size;
  (void)scratch;
  for (int32_t i = 0; i < size; i++) output[i] = input[i] + bias[i % bias_size];
}
