/* The loops over a row of a softmax. Included by tinyml_softmax.h, which has what they need. */
#include <string.h>

TINYML_SPECIALISED int32_t tinyml_softmax_seen(const tinyml_tabled_row *row, int32_t i, int32_t masked) {
  return !masked || row->mask[i * row->mask_stride] >= row->mask_least;
}

TINYML_SPECIALISED int32_t tinyml_softmax_max(const tinyml_tabled_row *row, const int8_t *x, int32_t masked) {
  int32_t max = INT8_MIN, first = 0;
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
  int8_t of[4] = {INT8_MIN, INT8_MIN, INT8_MIN, INT8_MIN};
  uint32_t most, word;
  memcpy(&most, of, sizeof(most));
  for (; !masked && first + 4 <= row->row_size; first += 4) {
    memcpy(&word, x + first, sizeof(word));
    __asm("ssub8 %1, %2, %0\n\tsel %0, %2, %0" : "+r"(most), "=&r"(word) : "r"(word));
  }
  memcpy(of, &most, sizeof(most));
  for (int32_t i = 0; i < 4; i++) max = of[i] > max ? of[i] : max;
#endif
  for (int32_t i = first; i < row->row_size; i++) {
    if (x[i] > max && tinyml_softmax_seen(row, i, masked)) max = x[i];
  }
  return max;
}

TINYML_SPECIALISED uint32_t tinyml_softmax_sum(const tinyml_tabled_row *row, const int8_t *x, int32_t max,
                                               int32_t masked) {
  const int32_t *exponentials = row->exponentials;
  uint32_t sum = 0;
  for (int32_t i = 0; i < row->row_size; i++) {
    if (tinyml_softmax_seen(row, i, masked)) sum += ((uint32_t)exponentials[max - x[i]] + (1 << 11)) >> 12;
  }
  return sum;
}

/* quick: the reciprocal is at least 2^30, so that what it is multiplied with is twice as many high bits. */
TINYML_SPECIALISED int32_t tinyml_softmax_times_reciprocal(const tinyml_tabled_row *row, int8_t *x, int32_t max,
                                                           int32_t reciprocal, int32_t right, int32_t masked,
                                                           int32_t quick) {
  const int32_t size = row->row_size, unit = (int32_t)(UINT32_C(1) << (32 - right));
  const int32_t *exponentials = row->exponentials;
  int32_t total = 0;
  for (int32_t i = 0; i < size; i++) {
    int32_t value = 0;
    if (tinyml_softmax_seen(row, i, masked)) {
      const int32_t exponential = exponentials[max - x[i]];
      const int32_t high = quick ? tinyml_scale(exponential, reciprocal) : tinyml_high_multiply(exponential, reciprocal);
      value = tinyml_add_rounded_high(0, high, unit);
      if (value > UINT8_MAX) value = UINT8_MAX;
    }
    x[i] = (int8_t)(value + INT8_MIN);
    total += value;
  }
  return total;
}

/* Products are not negative, so that their shift, by 23 at least, rounds once. */
TINYML_SPECIALISED int32_t tinyml_softmax_scaled(const tinyml_tabled_row *row, int8_t *x, int32_t max, int32_t reciprocal,
                                                 int32_t right, int32_t masked) {
  return reciprocal >= 1 << 30 ? tinyml_softmax_times_reciprocal(row, x, max, reciprocal, right, masked, 1)
                               : tinyml_softmax_times_reciprocal(row, x, max, reciprocal, right, masked, 0);
}
