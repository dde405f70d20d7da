/* Defines the first k of rows along an axis, for elements of one type that KEY gives integers for, in their order. */
#ifndef TINYML_RANK_H
#define TINYML_RANK_H

#include "../tinyml_kernels.h"

/* An order of key and place, as one number: the least comes first. */
static inline int64_t tinyml_rank(int32_t largest, int32_t last, int32_t key, int32_t place) {
  const int64_t by_key = largest == 1 ? -(int64_t)key : key;
  return by_key * (INT64_C(1) << 32) + (last == 1 ? -(int64_t)place : place);
}

#define TINYML_TOP_K(suffix, type, KEY)                                                                      \
  void tinyml_top_k_##suffix(const tinyml_top_k_##suffix##_params *params, const type *input, type *values,  \
                             int32_t *places, void *scratch) {                                               \
    const tinyml_top_k_##suffix##_params p = *params;                                                        \
    (void)scratch;                                                                                           \
    for (int32_t o = 0; o < p.outer; o++, input += p.size * p.inner) {                                       \
      for (int32_t j = 0; j < p.inner; j++) {                                                                \
        int64_t before = INT64_MIN;                                                                          \
        for (int32_t rank = 0; rank < p.k; rank++) {                                                         \
          const int32_t to = (o * p.k + rank) * p.inner + j;                                                 \
          int64_t best = INT64_MAX;                                                                          \
          for (int32_t i = 0; i < p.size; i++) {                                                             \
            const type value = input[i * p.inner + j];                                                       \
            const int64_t own = tinyml_rank(p.largest, p.last, KEY(value), i);                               \
            if (own <= before || own >= best) continue;                                                      \
            best = own;                                                                                      \
            values[to] = value;                                                                              \
            places[to] = i;                                                                                  \
          }                                                                                                  \
          before = best;                                                                                     \
        }                                                                                                    \
      }                                                                                                      \
    }                                                                                                        \
  }

#endif
