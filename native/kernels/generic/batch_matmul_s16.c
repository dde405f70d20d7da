#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"
#include "tinyml_long_dot.h"

static int64_t sum_of(const int16_t *x, int32_t stride, const int16_t *w, int32_t count) {
  if (stride == 1) return tinyml_long_dot(x, w, count);
  int64_t sum = 0;
  for (int32_t k = 0; k < count; k++) sum += (int32_t)x[k * stride] * w[k];
  return sum;
}

/* Column by column, each laid out side by side first. */
void tinyml_batch_matmul_s16(const tinyml_batch_matmul_s16_params *params, const int16_t *left, const int16_t *right,
                             int16_t *output, void *scratch) {
  const tinyml_batch_matmul_s16_params p = *params;
  int16_t *line = scratch;
  for (int32_t batch = 0; batch < p.batch0 * p.batch1; batch++) {
    const int32_t i = batch / p.batch1, j = batch % p.batch1;
    const int16_t *x = left + p.left_start + i * p.left_batch0 + j * p.left_batch1;
    const int16_t *w = right + p.right_start + i * p.right_batch0 + j * p.right_batch1;
    int16_t *y = output + p.output_start + i * p.output_batch0 + j * p.output_batch1;
    for (int32_t column = 0; column < p.columns; column++) {
      const int16_t *from = w + column * p.right_column;
      for (int32_t k = 0; k < p.depth && p.right_depth != 1; k++) line[k] = from[k * p.right_depth];
      const int16_t *const with = p.right_depth == 1 ? from : line;
      for (int32_t row = 0; row < p.rows; row++) {
        const int64_t sum = sum_of(x + row * p.left_row, p.left_depth, with, p.depth);
        y[row * p.output_row + column] = tinyml_requantize_wide(sum, p.multiplier, p.shift, p.act_min, p.act_max);
      }
    }
  }
}
