#include "../tinyml_kernels.h"

/* An order of value and place, as one number: the least comes first. */
static int64_t rank_of(const tinyml_top_k_s8_params *p, int32_t value, int32_t place) {
  const int64_t by_value = p->largest == 1 ? -(int64_t)value : value;
  return by_value * (INT64_C(1) << 32) + (p->last == 1 ? -(int64_t)place : place);
}

void tinyml_top_k_s8(const tinyml_top_k_s8_params *params, const int8_t *input, int8_t *values, int32_t *places,
                     void *scratch) {
  const tinyml_top_k_s8_params p = *params;
  (void)scratch;
  for (int32_t o = 0; o < p.outer; o++, input += p.size * p.inner) {
    for (int32_t j = 0; j < p.inner; j++) {
      int64_t before = INT64_MIN;
      for (int32_t rank = 0; rank < p.k; rank++) {
        const int32_t to = (o * p.k + rank) * p.inner + j;
        int64_t best = INT64_MAX;
        for (int32_t i = 0; i < p.size; i++) {
          const int32_t value = input[i * p.inner + j];
          const int64_t own = rank_of(&p, value, i);
          if (own <= before || own >= best) continue;
          best = own;
          values[to] = (int8_t)value;
          places[to] = i;
        }
        before = best;
      }
    }
  }
}
