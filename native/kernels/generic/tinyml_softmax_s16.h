/* A row of a softmax of int16 codes. */
#ifndef TINYML_SOFTMAX_S16_H
#define TINYML_SOFTMAX_S16_H

#include <stddef.h>
#include <stdint.h>

/* What the rows of a step share; elements whose code in a mask is below `mask_least` do not count. */
typedef struct {
  int32_t row_size, multiplier, shift, mask_least;
  const int32_t *powers;
} tinyml_softmax_s16_rows;

/* 2^30 times 2^-t, for the distance of a code from the largest: t has 16 bits behind the point. */
static inline uint32_t tinyml_softmax_power(const tinyml_softmax_s16_rows *p, int32_t distance) {
  const int32_t total = 31 - p->shift;
  const int64_t t = ((int64_t)distance * p->multiplier + (INT64_C(1) << (total - 1))) >> total;
  if (t >= INT64_C(31) << 16) return 0;
  const int32_t *at = p->powers + (((int32_t)t & 0xffff) >> 8);
  const uint32_t from = (uint32_t)at[0], fall = (from - (uint32_t)at[1]) * ((uint32_t)t & 0xff);
  return ((from - (fall >> 8)) & INT32_MAX) >> (int32_t)(t >> 16);
}

static inline int32_t tinyml_softmax_s16_counts(const tinyml_softmax_s16_rows *p, const int16_t *mask, int32_t i) {
  return mask == NULL || mask[i] >= p->mask_least;
}

/* Elements that do not count are 0. */
static inline void tinyml_softmax_s16_row(const tinyml_softmax_s16_rows *p, const int16_t *input, const int16_t *mask,
                                          int16_t *output) {
  const int32_t size = p->row_size;
  int32_t most = INT16_MIN, excess = 0;
  uint64_t sum = 0;
  for (int32_t i = 0; i < size; i++) {
    if (input[i] > most && tinyml_softmax_s16_counts(p, mask, i)) most = input[i];
  }
  for (int32_t i = 0; i < size; i++) {
    if (tinyml_softmax_s16_counts(p, mask, i)) sum += tinyml_softmax_power(p, most - input[i]);
  }
  /* The largest adds 2^30, if the table is as it should be. With `excess` bits less, the sum lies between 2^30 and 2^31. */
  if (sum < UINT64_C(1) << 30) sum = UINT64_C(1) << 30;
  while (sum >> excess >= UINT64_C(1) << 31) excess++;
  const uint64_t reciprocal = (UINT64_C(1) << 61) / (sum >> excess);
  const int32_t places = 46 + excess;
  for (int32_t i = 0; i < size; i++) {
    const uint32_t power = tinyml_softmax_s16_counts(p, mask, i) ? tinyml_softmax_power(p, most - input[i]) : 0;
    const uint64_t code = (power * reciprocal + (UINT64_C(1) << (places - 1))) >> places;
    output[i] = (int16_t)(code < INT16_MAX ? code : INT16_MAX);
  }
}

#endif
