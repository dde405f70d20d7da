#include "../tinyml_kernels.h"
#include "tinyml_unary_slope.h"

#define CASE(code, name)                                                                  \
  case code:                                                                              \
    for (int32_t i = 0; i < params->size; i++) {                                          \
      gradient[i] *= tinyml_slope_##name(input[i], parameters[0], parameters[1]);         \
    }                                                                                     \
    break;

void tinyml_unary_gradient_f32(const tinyml_unary_gradient_f32_params *params, const float *input,
                               const float *parameters, float *gradient, void *scratch) {
  (void)scratch;
  switch (params->function) { TINYML_UNARY(CASE) }
}
