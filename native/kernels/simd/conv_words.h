/* Words of some pixels times weights, into sums in registers. Whoever includes this has said before how weights are packed:
 * weights_as_bytes.h or weights_as_elements.h. */
#ifndef TINYML_SIMD_CONV_WORDS_H
#define TINYML_SIMD_CONV_WORDS_H

#include "conv_tile.h"

/* Pixel i of a row, with the step between pixels in bytes: in the forms that addresses take. */
TINYML_INLINE const tinyml_element *pixel_at(const tinyml_element *row, const int32_t pixel, ptrdiff_t step,
                                             ptrdiff_t step3, ptrdiff_t step5, ptrdiff_t step7) {
  const char *at = (const char *)row;
  switch (pixel) {
    case 0:
      return row;
    case 3:
      return (const void *)(at + step3);
    case 5:
      return (const void *)(at + step5);
    case 6:
      return (const void *)(at + 2 * step3);
    case 7:
      return (const void *)(at + step7);
    default:
      return (const void *)(at + pixel * step);
  }
}

/* sums += one word of every pixel of rows a and b times the weights. */
TINYML_INLINE void add_word(tinyml_vec *sums, const tinyml_element *a, const tinyml_element *b, ptrdiff_t step,
                            ptrdiff_t step3, ptrdiff_t step5, ptrdiff_t step7, const int8_t *weights,
                            ptrdiff_t block_bytes, const int32_t blocks, const int32_t pixels) {
  tinyml_words v[MAX_BLOCKS];
  TINYML_UNROLL
  for (int32_t n = 0; n < blocks; n++) v[n] = load_weights(weights + n * block_bytes);
  TINYML_UNROLL
  for (int32_t i = 0; i < 2 * pixels; i++) {
    const tinyml_words x = tinyml_broadcast(pixel_at(i < pixels ? a : b, i % pixels, step, step3, step5, step7));
    TINYML_UNROLL
    for (int32_t n = 0; n < blocks; n++) sums[i * blocks + n] = tinyml_multiply_add(sums[i * blocks + n], x, v[n]);
  }
}

/* The same for TINYML_CHUNK words. */
TINYML_INLINE void add_chunk(tinyml_vec *sums, const tinyml_element *a, const tinyml_element *b, ptrdiff_t step,
                             ptrdiff_t step3, ptrdiff_t step5, ptrdiff_t step7, const int8_t *weights,
                             ptrdiff_t block_bytes, const int32_t blocks, const int32_t pixels) {
  tinyml_chunk x[2 * MOST_PIXELS];
  TINYML_UNROLL
  for (int32_t i = 0; i < 2 * pixels; i++) {
    x[i] = tinyml_load_chunk(pixel_at(i < pixels ? a : b, i % pixels, step, step3, step5, step7));
  }
  TINYML_UNROLL
  for (int32_t word = 0; word < TINYML_CHUNK; word++) {
    tinyml_words v[MAX_BLOCKS];
    TINYML_UNROLL
    for (int32_t n = 0; n < blocks; n++) v[n] = load_weights(weights + n * block_bytes + word * WEIGHTS);
    TINYML_UNROLL
    for (int32_t i = 0; i < 2 * pixels; i++) {
      TINYML_UNROLL
      for (int32_t n = 0; n < blocks; n++) {
        sums[i * blocks + n] = tinyml_multiply_add_chunk(sums[i * blocks + n], x[i], word, v[n]);
      }
    }
  }
}

#endif
