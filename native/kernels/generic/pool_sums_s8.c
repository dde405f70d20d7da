#include <stddef.h>

#include "../tinyml_kernels.h"

/* Positions that are added at once: as many int8 as an int16 holds the sum of. */
enum { MOST = 255 };

/* Sums of an image are far from the ends of int32; those of any bytes wrap. before: null for zeros. */
static inline void put(const int32_t *before, int32_t sum, int32_t *sums, int32_t channel) {
  const uint32_t earlier = before == NULL ? 0u : (uint32_t)before[channel];
  sums[channel] = (int32_t)(earlier + (uint32_t)sum);
}

static inline void add_channel(const int8_t *input, int32_t positions, int32_t channels, const int32_t *before, int32_t *sums,
                               int32_t channel) {
  const int8_t *at = input + channel;
  int32_t sum = 0;
  for (int32_t left = positions; left > 0; left--, at += channels) sum += *at;
  put(before, sum, sums, channel);
}

#if defined(__ARM_FEATURE_MVE)
#include "../mve/pool_sums_s8.h"
#elif defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#include "../armv7em/pool_sums_s8.h"
#else
static void add_positions(const int8_t *input, int32_t positions, int32_t channels, const int32_t *before, int32_t *sums) {
  for (int32_t channel = 0; channel < channels; channel++) add_channel(input, positions, channels, before, sums, channel);
}
#endif

void tinyml_pool_sums_s8(const tinyml_pool_sums_s8_params *params, const int8_t *input, const int32_t *before,
                         int32_t *sums, void *scratch) {
  const int32_t channels = params->channels;
  const int32_t *earlier = params->is_first ? NULL : before;
  (void)scratch;
  for (int32_t left = params->positions; left > 0; left -= MOST, input += MOST * channels, earlier = sums) {
    add_positions(input, left < MOST ? left : MOST, channels, earlier, sums);
    if (left <= MOST) break;
  }
}
