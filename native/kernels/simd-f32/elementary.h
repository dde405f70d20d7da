/* Elementary functions of vectors. */
#ifndef TINYML_VECTOR_ELEMENTARY_H
#define TINYML_VECTOR_ELEMENTARY_H

#define TINYML_ELEMENTS

typedef tinyml_vec tinyml_x;
typedef uint32_t tinyml_x_word __attribute__((vector_size(4 * TINYML_LANES)));

#define TINYML_CHOOSE(mask, a, b) tinyml_x_choose((tinyml_x_word)(mask), a, b)

static inline tinyml_x_word tinyml_x_bits(tinyml_x x) {
  return (tinyml_x_word)x;
}

static inline tinyml_x tinyml_x_of_bits(tinyml_x_word bits) {
  return (tinyml_x)bits;
}

static inline tinyml_x tinyml_x_choose(tinyml_x_word mask, tinyml_x a, tinyml_x b) {
  return (tinyml_x)((mask & (tinyml_x_word)a) | (~mask & (tinyml_x_word)b));
}

static inline tinyml_x tinyml_x_of(float value) {
  return tinyml_splat(value);
}

static inline tinyml_x tinyml_x_load(const float *from, int32_t count) {
  return count == TINYML_LANES ? tinyml_load(from) : tinyml_load_first(from, count);
}

static inline tinyml_x tinyml_x_fma(tinyml_x a, tinyml_x b, tinyml_x c) {
  return tinyml_multiply_add(a, b, c);
}

static inline tinyml_x tinyml_x_root(tinyml_x x) {
  return tinyml_sqrt(x);
}

#include "../generic/tinyml_elementary.h"

#endif
