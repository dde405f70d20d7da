#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

void tinyml_rescale_s32(const tinyml_rescale_s32_params *params, const int32_t *input, const float *quantizer,
                        const float *scale, const float *bias, float *output, float *extent, void *scratch) {
  const tinyml_rescale_s32_params p = *params;
  const float common = quantizer[TINYML_SCALE];
  tinyml_extent seen = tinyml_empty_extent();
  (void)scratch;
  for (int32_t i = 0; i < p.size; i++) {
    const float factor = common * scale[p.per_channel == 1 ? i % p.channels : 0];
    float value = (float)input[i] * factor;
    if (p.bias_size > 0) value += bias[i % p.bias_size];
    output[i] = value;
    seen = tinyml_extend(seen, value);
  }
  tinyml_store_extent(seen, extent);
}
