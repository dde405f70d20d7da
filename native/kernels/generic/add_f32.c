#include "../tinyml_kernels.h"
#include "tinyml_fma.h"

void tinyml_add_f32(const tinyml_add_f32_params *params, const float *input1, const float *input2,
                    const float *bounds, float *output, void *scratch) {
  const int32_t size = params->size;
  (void)scratch;
  for (int32_t i = 0; i < size; i++) output[i] = tinyml_bounded(input1[i] + input2[i], bounds);
}
