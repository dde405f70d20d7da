/* tinyml_columns.h with the vector instructions of ARMv8.1-M (MVE, Helium): sixteen products at once; the zero point is taken off with the sum of
 * a row. Included by generic/tinyml_columns.c. */
#include <arm_mve.h>

/* Numbers of a vector. */
enum { VECTOR = 16 };

void tinyml_column_sums(const tinyml_columns *columns, const tinyml_rows *rows) {
  const int8_t *row = rows->first;
  int32_t *to = rows->sums;
  const int32_t step = rows->column_step;
  for (int32_t left = rows->count; left > 0; left--, row += rows->step, to += rows->row_step) {
    const int8_t *w = row;
    const int8_t *x0 = columns->from[0], *x1 = columns->from[1], *x2 = columns->from[2], *x3 = columns->from[3];
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0, all = 0;
    int32_t rest = columns->depth;
    for (; rest >= VECTOR; rest -= VECTOR, w += VECTOR) {
      const int8x16_t weights = vldrbq_s8(w);
      all = vaddvaq_s8(all, weights);
      s0 = vmladavaq_s8(s0, vldrbq_s8(x0), weights);
      s1 = vmladavaq_s8(s1, vldrbq_s8(x1), weights);
      s2 = vmladavaq_s8(s2, vldrbq_s8(x2), weights);
      s3 = vmladavaq_s8(s3, vldrbq_s8(x3), weights);
      x0 += VECTOR;
      x1 += VECTOR;
      x2 += VECTOR;
      x3 += VECTOR;
    }
    if (rest > 0) {
      const mve_pred16_t inside = vctp8q((uint32_t)rest);
      const int8x16_t weights = vldrbq_z_s8(w, inside);
      all = vaddvaq_s8(all, weights);
      s0 = vmladavaq_s8(s0, vldrbq_z_s8(x0, inside), weights);
      s1 = vmladavaq_s8(s1, vldrbq_z_s8(x1, inside), weights);
      s2 = vmladavaq_s8(s2, vldrbq_z_s8(x2, inside), weights);
      s3 = vmladavaq_s8(s3, vldrbq_z_s8(x3, inside), weights);
    }
    const uint32_t offset = (uint32_t)all * (uint32_t)columns->zero_point;
    const uint32_t sums[TINYML_COLUMNS] = {(uint32_t)s0, (uint32_t)s1, (uint32_t)s2, (uint32_t)s3};
    for (int32_t j = 0; j < TINYML_COLUMNS; j++) {
      int32_t *const sum = to + j * step;
      *sum = (int32_t)(sums[j] - offset + (rows->add ? (uint32_t)*sum : 0u));
    }
  }
}

void tinyml_one_column_sums(const int8_t *column, int32_t depth, int32_t zero_point, const tinyml_rows *rows) {
  const int8_t *row = rows->first;
  int32_t *to = rows->sums;
  for (int32_t left = rows->count; left > 0; left--, row += rows->step, to += rows->row_step) {
    int32_t sum = 0, all = 0;
    for (int32_t k = 0; k < depth; k += VECTOR) {
      const mve_pred16_t inside = vctp8q((uint32_t)(depth - k));
      const int8x16_t weights = vldrbq_z_s8(row + k, inside);
      all = vaddvaq_s8(all, weights);
      sum = vmladavaq_s8(sum, vldrbq_z_s8(column + k, inside), weights);
    }
    const uint32_t own = (uint32_t)sum - (uint32_t)all * (uint32_t)zero_point;
    *to = (int32_t)(own + (rows->add ? (uint32_t)*to : 0u));
  }
}
