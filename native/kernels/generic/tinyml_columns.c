#include "tinyml_columns.h"

#ifdef TINYML_COLUMNS_DSP
#include "../armv7em/tinyml_columns.c"
#else

void tinyml_set_columns(tinyml_columns *columns, const int8_t *const *from, int32_t depth, int32_t zero_point) {
  for (int32_t j = 0; j < TINYML_COLUMNS; j++) columns->from[j] = from[j];
  columns->depth = depth;
  columns->zero_point = zero_point;
}

void tinyml_set_turned_columns(tinyml_columns *columns, const int8_t *from, int32_t step, int32_t count, int32_t depth, int32_t zero_point,
                               int8_t (*room)[TINYML_DEPTH]) {
  const int8_t *x[TINYML_COLUMNS];
  tinyml_turn_codes(from, step, depth, count, room[0], TINYML_DEPTH);
  for (int32_t c = 0; c < TINYML_COLUMNS; c++) x[c] = room[c < count ? c : 0];
  tinyml_set_columns(columns, x, depth, zero_point);
}

#if defined(__ARM_FEATURE_MVE)
#include "../mve/tinyml_columns.c"
#else

void tinyml_column_sums(const tinyml_columns *columns, const tinyml_rows *rows) {
  const int8_t *const x0 = columns->from[0], *const x1 = columns->from[1];
  const int8_t *const x2 = columns->from[2], *const x3 = columns->from[3];
  const int8_t *row = rows->first;
  int32_t *to = rows->sums;
  for (int32_t left = rows->count; left > 0; left--, row += rows->step, to += rows->row_step) {
    uint32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0, all = 0;
    for (int32_t k = 0; k < columns->depth; k++) {
      const int32_t w = row[k];
      s0 += (uint32_t)(x0[k] * w);
      s1 += (uint32_t)(x1[k] * w);
      s2 += (uint32_t)(x2[k] * w);
      s3 += (uint32_t)(x3[k] * w);
      all += (uint32_t)w;
    }
    const uint32_t sums[TINYML_COLUMNS] = {s0, s1, s2, s3}, offset = all * (uint32_t)columns->zero_point;
    for (int32_t j = 0; j < TINYML_COLUMNS; j++) {
      int32_t *const sum = to + j * rows->column_step;
      *sum = (int32_t)(sums[j] - offset + (rows->add ? (uint32_t)*sum : 0u));
    }
  }
}

void tinyml_turn_codes(const int8_t *from, int32_t step, int32_t count, int32_t channels, int8_t *to, int32_t to_step) {
  for (int32_t c = 0; c < channels; c++, from++, to += to_step) {
    const int8_t *x = from;
    for (int32_t i = 0; i < count; i++, x += step) to[i] = *x;
  }
}

void tinyml_one_column_sums(const int8_t *column, int32_t depth, int32_t zero_point, const tinyml_rows *rows) {
  const int8_t *row = rows->first;
  int32_t *to = rows->sums;
  for (int32_t left = rows->count; left > 0; left--, row += rows->step, to += rows->row_step) {
    uint32_t sum = rows->add ? (uint32_t)*to : 0u;
    for (int32_t k = 0; k < depth; k++) sum += (uint32_t)((column[k] - zero_point) * row[k]);
    *to = (int32_t)sum;
  }
}
#endif
#endif
