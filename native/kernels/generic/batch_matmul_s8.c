#include <stddef.h>

#include "../tinyml_kernels.h"
#include "tinyml_matrix.h"
#include "tinyml_quad.h"

/* Inner loops read depth side by side: where it does not lie so, the right matrix is laid out anew once, the left one two rows
 * at a time. The sum of (x + left_offset) * (w + right_offset) is that of (x + left_offset) * w, plus right_offset times the
 * sum of the row, which goes where inner loops have a bias. */
void tinyml_batch_matmul_s8(const tinyml_batch_matmul_s8_params *params, const int8_t *left, const int8_t *right,
                            int8_t *output, void *scratch) {
  const tinyml_batch_matmul_s8_params p = *params;
  int8_t *matrix = (int8_t *)scratch + TINYML_QUAD_ROOM(p.depth), *lines = matrix + p.columns * p.depth;
  const int32_t turned = p.right_depth != 1, packs = p.left_depth != 1;
  int32_t bias[2] = {0, 0};
  const tinyml_quad quad = {
      .taps = 1,
      .columns = 1,
      .count = p.depth,
      .w_channel = turned ? p.depth : p.right_column,
      .input_offset = p.left_offset,
      .output_offset = p.output_offset,
      .act_min = p.act_min,
      .act_max = p.act_max,
      .one_bias = 1,
      .bias = bias,
      .multiplier = &p.multiplier,
      .shift = &p.shift,
  };
  const int8_t *last = NULL;
  for (int32_t batch = 0; batch < p.batch0 * p.batch1; batch++) {
    const int32_t i = batch / p.batch1, j = batch % p.batch1;
    const int8_t *first = left + p.left_start + i * p.left_batch0 + j * p.left_batch1;
    const int8_t *w = right + p.right_start + i * p.right_batch0 + j * p.right_batch1;
    int8_t *to = output + p.output_start + i * p.output_batch0 + j * p.output_batch1;
    if (turned && w != last) tinyml_lay_out(matrix, w, p.columns, p.right_column, p.depth, p.right_depth);
    last = w;
    for (int32_t row = 0; row < p.rows; row += 2) {
      /* From the first row: the step behind the last one may be any number. */
      const int8_t *x = first + row * p.left_row;
      int8_t *y = to + row * p.output_row;
      const int32_t rows = p.rows - row < 2 ? 1 : 2, next = packs ? p.depth : p.left_row;
      const int8_t *from = packs ? lines : x;
      if (packs) tinyml_lay_out(lines, x, rows, p.left_row, p.depth, p.left_depth);
      for (int32_t k = 0; k < rows && p.right_offset != 0; k++) {
        bias[k] = p.right_offset * tinyml_sum_of(from + k * next, p.depth, p.left_offset);
      }
      tinyml_quad_rows(&quad, rows, p.columns, from, next, turned ? matrix : w, y, p.output_row, scratch);
    }
  }
}
