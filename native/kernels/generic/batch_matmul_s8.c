#include <stddef.h>

#include "../tinyml_kernels.h"
#include "tinyml_quad.h"

/* Inner loops read depth side by side: where it does not lie so, the right matrix is laid out anew once, the left one row
 * by row. The sum of (x + left_offset) * (w + right_offset) is that of (x + left_offset) * w, plus right_offset times the
 * sum of the row, which goes where inner loops have a bias. */

/* to[row][k] = from[row * row_stride + k * stride] */
static void lay_out(int8_t *to, const int8_t *from, int32_t rows, int32_t row_stride, int32_t depth, int32_t stride) {
  for (int32_t row = 0; row < rows; row++, from += row_stride, to += depth) {
    const int8_t *x = from;
    for (int32_t k = 0; k < depth; k++, x += stride) to[k] = *x;
  }
}

static int32_t sum_of(const int8_t *x, int32_t count, int32_t offset) {
  int32_t sum = count * offset;
  for (int32_t k = 0; k < count; k++) sum += x[k];
  return sum;
}

static void fill(int32_t *to, int32_t count, int32_t value) {
  for (int32_t i = 0; i < count; i++) to[i] = value;
}

void tinyml_batch_matmul_s8(const tinyml_batch_matmul_s8_params *params, const int8_t *left, const int8_t *right,
                            int8_t *output, void *scratch) {
  const tinyml_batch_matmul_s8_params p = *params;
  int32_t *bias = scratch;
  int8_t *matrix = (int8_t *)(bias + p.columns), *line = matrix + p.columns * p.packed_depth;
  const int32_t turned = p.right_depth != 1;
  const tinyml_quad quad = {
      .taps = 1,
      .columns = 1,
      .count = p.depth,
      .w_channel = turned ? p.depth : p.right_column,
      .input_offset = p.left_offset,
      .output_offset = p.output_offset,
      .act_min = p.act_min,
      .act_max = p.act_max,
      .per_channel = 0,
      .bias = bias,
      .multiplier = &p.multiplier,
      .shift = &p.shift,
  };
  const int8_t *last = NULL;
  fill(bias, p.columns, 0);
  for (int32_t batch = 0; batch < p.batch0 * p.batch1; batch++) {
    const int32_t i = batch / p.batch1, j = batch % p.batch1;
    const int8_t *x = left + p.left_start + i * p.left_batch0 + j * p.left_batch1;
    const int8_t *w = right + p.right_start + i * p.right_batch0 + j * p.right_batch1;
    int8_t *y = output + p.output_start + i * p.output_batch0 + j * p.output_batch1;
    if (turned && w != last) lay_out(matrix, w, p.columns, p.right_column, p.depth, p.right_depth);
    last = w;
    for (int32_t row = 0; row < p.rows; row++, x += p.left_row, y += p.output_row) {
      const int8_t *from = x;
      if (p.left_depth != 1) {
        lay_out(line, x, 1, 0, p.depth, p.left_depth);
        from = line;
      }
      if (p.right_offset != 0) fill(bias, p.columns, p.right_offset * sum_of(from, p.depth, p.left_offset));
      tinyml_quad_dot(&quad, 0, p.columns, from, turned ? matrix : w, y);
    }
  }
}
