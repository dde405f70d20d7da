/* What kernels share whose outputs are sums in int32. */
#ifndef TINYML_SIMD_SUMS_H
#define TINYML_SIMD_SUMS_H

#include "layer.h"
#include "../generic/tinyml_quantizer.h"

TINYML_INLINE int64_t tinyml_aligned(int64_t bytes) {
  return (bytes + 63) / 64 * 64;
}

/* A word of ones. */
TINYML_INLINE tinyml_words tinyml_ones(void) {
  tinyml_element ones[TINYML_WORD];
  for (int32_t i = 0; i < TINYML_WORD; i++) ones[i] = 1;
  return tinyml_broadcast(ones);
}

/* Sums of packed words, a block of channels: in four chains. */
static inline tinyml_vec tinyml_sum_words(const int8_t *packed, int64_t words) {
  const tinyml_words one = tinyml_ones();
  tinyml_vec sums[4] = {tinyml_zero(), tinyml_zero(), tinyml_zero(), tinyml_zero()};
  int64_t word = 0;
  for (; word + 4 <= words; word += 4) {
    TINYML_UNROLL
    for (int32_t i = 0; i < 4; i++) {
      const int8_t *at = packed + (word + i) * TINYML_LANES * TINYML_WORD;
      sums[i] = tinyml_multiply_add(sums[i], one, tinyml_load_weights(at));
    }
  }
  for (; word < words; word++) {
    const int8_t *at = packed + word * TINYML_LANES * TINYML_WORD;
    sums[0] = tinyml_multiply_add(sums[0], one, tinyml_load_weights(at));
  }
  return tinyml_add(tinyml_add(sums[0], sums[1]), tinyml_add(sums[2], sums[3]));
}

/* Sums over elements that hold `padding` for 0 lack -padding * weight for every weight. */
static inline void tinyml_start_sums(int32_t start[TINYML_LANES], const int8_t *weights, int64_t words,
                                     int32_t padding) {
  tinyml_store_sums(start, padding == 0 ? tinyml_zero() : tinyml_sum_words(weights, words));
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) {
    start[lane] = (int32_t)((uint32_t)start[lane] * (uint32_t)-padding);
  }
}

#endif
