/* What packing a layer needs of one output channel, and the words that all kernels of this folder are written in. */
#ifndef TINYML_SIMD_CHANNEL_H
#define TINYML_SIMD_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../tinyml_functions.h"

#define TINYML_INLINE static inline __attribute__((always_inline))

/* Loops over registers have constant counts and must become straight code. */
#if defined(__clang__)
#define TINYML_UNROLL _Pragma("clang loop unroll(full)")
#else
#define TINYML_UNROLL _Pragma("GCC unroll 32")
#endif

/* Sums of a channel start from `bias` and are `limit` at most, either way; then come multiplier and shift. Lanes without
 * a channel have zeros. */
typedef struct {
  int32_t bias, multiplier, shift;
  int64_t limit;
} tinyml_channel;

#endif
