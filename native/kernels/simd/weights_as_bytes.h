/* Weights of tiles that are packed as bytes. */
#ifndef TINYML_SIMD_WEIGHTS_AS_BYTES_H
#define TINYML_SIMD_WEIGHTS_AS_BYTES_H

#include "words.h"

typedef int8_t tinyml_weight;

/* Of one word of a block, in bytes. */
enum { WEIGHTS = TINYML_LANES * TINYML_WORD };

TINYML_INLINE tinyml_words load_weights(const int8_t *from) {
  return tinyml_load_weights(from);
}

#endif
