#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

/* 2^30 times 2^-t, for the distance of a code from the largest: t has 16 bits behind the point. */
static uint32_t power(const tinyml_softmax_s16_params *p, const int32_t *table, int32_t distance) {
  const int32_t total = 31 - p->shift;
  const int64_t t = ((int64_t)distance * p->multiplier + (INT64_C(1) << (total - 1))) >> total;
  if (t >= INT64_C(31) << 16) return 0;
  const int32_t *at = table + (((int32_t)t & 0xffff) >> 8);
  const uint32_t from = (uint32_t)at[0], fall = (from - (uint32_t)at[1]) * ((uint32_t)t & 0xff);
  return ((from - (fall >> 8)) & INT32_MAX) >> (int32_t)(t >> 16);
}

void tinyml_softmax_s16(const tinyml_softmax_s16_params *params, const int16_t *input, const int32_t *table,
                        int16_t *output, void *scratch) {
  const tinyml_softmax_s16_params p = *params;
  (void)scratch;
  for (int32_t row = 0; row < p.rows; row++, input += p.row_size, output += p.row_size) {
    int32_t most = INT16_MIN;
    uint64_t sum = 0;
    for (int32_t i = 0; i < p.row_size; i++) most = input[i] > most ? input[i] : most;
    for (int32_t i = 0; i < p.row_size; i++) sum += power(&p, table, most - input[i]);
    /* The largest adds 2^30, if the table is as it should be. With `excess` bits less, the sum lies between 2^30 and 2^31. */
    if (sum < UINT64_C(1) << 30) sum = UINT64_C(1) << 30;
    int32_t excess = 0;
    while (sum >> excess >= UINT64_C(1) << 31) excess++;
    const uint64_t reciprocal = (UINT64_C(1) << 61) / (sum >> excess);
    const int32_t places = 46 + excess;
    for (int32_t i = 0; i < p.row_size; i++) {
      const uint64_t share = power(&p, table, most - input[i]) * reciprocal;
      const uint64_t code = (share + (UINT64_C(1) << (places - 1))) >> places;
      output[i] = (int16_t)(code < INT16_MAX ? code : INT16_MAX);
    }
  }
}
