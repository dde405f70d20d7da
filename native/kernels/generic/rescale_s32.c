#include <stddef.h>

#include "../tinyml_kernels.h"
#include "tinyml_extent_run.h"

/* Rows of channels: what they are multiplied with and what is added begins anew with each. */
static tinyml_extent rescale_rows(const tinyml_rescaling *by, int32_t channels, int32_t size, const int32_t *input, float *output) {
  tinyml_extent seen = tinyml_empty_extent();
  for (int32_t from = 0, count; from < size; from += count) {
    count = size - from < channels ? size - from : channels;
    seen = tinyml_rescale_run(by, input + from, count, output + from, seen);
  }
  return seen;
}

void tinyml_rescale_s32(const tinyml_rescale_s32_params *params, const int32_t *input, const float *quantizer,
                        const float *scale, const float *bias, float *output, float *extent, void *scratch) {
  const tinyml_rescale_s32_params p = *params;
  const float common = quantizer[TINYML_SCALE];
  tinyml_rescaling by = {
      .common = p.per_channel == 1 ? common : common * scale[0],
      .scale = p.per_channel == 1 ? scale : NULL,
      .bias = p.bias_size > 0 ? bias : NULL,
  };
  (void)scratch;
  /* Of what is the same for all there is one long row. */
  const int32_t period = p.bias_size > 0 ? p.bias_size : p.per_channel == 1 ? p.channels : p.size;
  if (p.per_channel == 0 || period == p.channels) {
    by.is_usual = tinyml_is_usual(&by, by.scale != NULL || by.bias != NULL ? period : 0);
    tinyml_store_extent(rescale_rows(&by, period, p.size, input, output), extent);
    return;
  }
  tinyml_extent seen = tinyml_empty_extent();
  for (int32_t i = 0; i < p.size; i++) {
    output[i] = (float)input[i] * (common * scale[i % p.channels]) + bias[i % p.bias_size];
    seen = tinyml_extend(seen, output[i]);
  }
  tinyml_store_extent(seen, extent);
}
