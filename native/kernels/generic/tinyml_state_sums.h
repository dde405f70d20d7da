/* The inner loops of linear attention: a state of sums of 32 bits, [rows][keys], that tokens are added to and that queries are
 * multiplied with. Sums wrap, but for those of 64 bits. */
#ifndef TINYML_STATE_SUMS_H
#define TINYML_STATE_SUMS_H

#include <stdint.h>

#if defined(__ARM_FEATURE_MVE)
#include "../mve/tinyml_state_sums.h"
#elif defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#include "../armv7em/tinyml_state_sums.h"
#else

/* row[c] += first * low half of pairs[c] + second * high half */
static inline void tinyml_add_tokens(int32_t *row, const uint32_t *pairs, int32_t keys, int32_t first, int32_t second) {
  for (int32_t c = 0; c < keys; c++) {
    const int32_t low = (int32_t)(pairs[c] & 0xffff), high = (int32_t)(pairs[c] >> 16);
    row[c] = (int32_t)((uint32_t)row[c] + (uint32_t)(first * low + second * high));
  }
}

/* The sum of row[c] * line[c]. */
static inline int64_t tinyml_state_times(const int32_t *row, const int32_t *line, int32_t keys) {
  int64_t sum = 0;
  for (int32_t c = 0; c < keys; c++) sum += (int64_t)row[c] * line[c];
  return sum;
}
#endif

#endif
