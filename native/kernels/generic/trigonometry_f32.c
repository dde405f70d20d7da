#include "../tinyml_kernels.h"
#include "tinyml_double_math.h"

static double function_of(int32_t function, double x) {
  switch (function) {
    case 0:
      return tinyml_sin(x);
    case 1:
      return tinyml_cos(x);
    case 2:
      return tinyml_tan(x);
    case 3:
      return tinyml_asin(x);
    case 4:
      return tinyml_acos(x);
    case 5:
      return tinyml_atan(x);
    case 6:
      return tinyml_sinh(x);
    case 7:
      return tinyml_cosh(x);
    case 8:
      return tinyml_asinh(x);
    case 9:
      return tinyml_acosh(x);
    default:
      return tinyml_atanh(x);
  }
}

void tinyml_trigonometry_f32(const tinyml_trigonometry_f32_params *params, const float *input, float *output,
                             void *scratch) {
  (void)scratch;
  for (int32_t i = 0; i < params->size; i++) {
    const double value = function_of(params->function, (double)input[i]);
    output[i] = value != value ? NAN : (float)value; // one NaN on every machine
  }
}
