#include "../tinyml_kernels.h"

void tinyml_pool_sums_s8(const tinyml_pool_sums_s8_params *params, const int8_t *input, const int32_t *before,
                         int32_t *sums, void *scratch) {
  const int32_t channels = params->channels, positions = params->positions, is_first = params->is_first;
  (void)scratch;
  for (const int8_t *const end = input + channels; input != end; input++) {
    const int8_t *at = input;
    int32_t sum = 0;
    for (int32_t left = positions; left > 0; left--, at += channels) sum += *at;
    /* Sums of an image are far from the ends of int32; those of any bytes wrap. */
    const uint32_t earlier = is_first ? 0u : (uint32_t)*before++;
    *sums++ = (int32_t)(earlier + (uint32_t)sum);
  }
}
