#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

void tinyml_quantize_s8(const tinyml_quantize_s8_params *params, const float *input, const float *scale,
                        int8_t *output, void *scratch) {
  const int32_t size = params->size, zero_point = params->zero_point;
  const float step = *scale;
  (void)scratch;
  for (int32_t i = 0; i < size; i++) {
    float scaled = input[i] / step;
    /* Far outside int8, so that the conversion is defined; NaN fails every comparison. */
    if (!(scaled > -1024.0f)) scaled = scaled <= -1024.0f ? -1024.0f : 0.0f;
    if (scaled > 1024.0f) scaled = 1024.0f;
    /* The fraction is exact, unlike scaled + 0.5. */
    int32_t rounded = (int32_t)scaled;
    const float fraction = scaled - (float)rounded;
    if (fraction >= 0.5f) rounded++;
    if (fraction <= -0.5f) rounded--;
    output[i] = tinyml_output_s8(rounded, zero_point, INT8_MIN, INT8_MAX);
  }
}
