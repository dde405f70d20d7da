/* What packing a layer needs of one output channel. */
#ifndef TINYML_SIMD_CHANNEL_H
#define TINYML_SIMD_CHANNEL_H

#include "words.h"

/* Sums of a channel start from `bias` and are `limit` at most, either way; then come multiplier and shift. Lanes without
 * a channel have zeros. */
typedef struct {
  int32_t bias, multiplier, shift;
  int64_t limit;
} tinyml_channel;

#endif
