/* Weights of tiles that are packed as elements, which need no widening while they are multiplied. */
#ifndef TINYML_SIMD_WEIGHTS_AS_ELEMENTS_H
#define TINYML_SIMD_WEIGHTS_AS_ELEMENTS_H

#include "words.h"

typedef tinyml_element tinyml_weight;

/* Of one word of a block, in bytes. */
enum { WEIGHTS = TINYML_LANES * TINYML_WORD * sizeof(tinyml_element) };

TINYML_INLINE tinyml_words load_weights(const int8_t *from) {
  return tinyml_load_words((const void *)from);
}

#endif
