#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

void tinyml_quantize_s16(const tinyml_quantize_s16_params *params, const float *input, const float *scale,
                         int16_t *output, void *scratch) {
  const int32_t size = params->size;
  const float step = *scale;
  (void)scratch;
  for (int32_t i = 0; i < size; i++) {
    float scaled = input[i] / step;
    /* Outside int16, so that the conversion is defined; NaN fails every comparison. */
    if (!(scaled > -65536.0f)) scaled = scaled <= -65536.0f ? -65536.0f : 0.0f;
    if (scaled > 65536.0f) scaled = 65536.0f;
    /* The fraction is exact, unlike scaled + 0.5. */
    int32_t rounded = (int32_t)scaled;
    const float fraction = scaled - (float)rounded;
    if (fraction >= 0.5f) rounded++;
    if (fraction <= -0.5f) rounded--;
    output[i] = tinyml_output_s16(rounded, INT16_MIN, INT16_MAX);
  }
}
