#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

/* Both side by side along the depth. */
static uint32_t dot(const int8_t *x, int32_t x_zero, const int8_t *w, int32_t w_zero, int32_t depth) {
  uint32_t sum = 0;
  for (int32_t k = 0; k < depth; k++) sum += (uint32_t)((x[k] - x_zero) * (w[k] - w_zero));
  return sum;
}

/* Columns side by side: a row of sums, product by product. */
static void add_products(int32_t *y, int32_t value, const int8_t *w, int32_t w_zero, int32_t columns) {
  for (int32_t c = 0; c < columns; c++) y[c] = (int32_t)((uint32_t)y[c] + (uint32_t)(value * (w[c] - w_zero)));
}

void tinyml_batch_matmul_sums_s8(const tinyml_batch_matmul_sums_s8_params *params, const int8_t *left,
                                 const int8_t *right, const float *left_quantizer, const float *right_quantizer,
                                 int32_t *output, void *scratch) {
  const tinyml_batch_matmul_sums_s8_params p = *params;
  const int32_t x_zero = tinyml_zero_point(left_quantizer), w_zero = tinyml_zero_point(right_quantizer);
  (void)scratch;
  for (int32_t matrix = 0; matrix < p.batch0 * p.batch1; matrix++) {
    const int32_t i = matrix / p.batch1, j = matrix % p.batch1;
    const int8_t *w = right + p.right_start + i * p.right_batch0 + j * p.right_batch1;
    for (int32_t row = 0; row < p.rows; row++) {
      const int8_t *x = left + p.left_start + i * p.left_batch0 + j * p.left_batch1 + row * p.left_row;
      int32_t *y = output + p.output_start + i * p.output_batch0 + j * p.output_batch1 + row * p.output_row;
      if (p.right_column == 1) {
        for (int32_t c = 0; c < p.columns; c++) y[c] = 0;
        for (int32_t k = 0; k < p.depth; k++) {
          add_products(y, x[k * p.left_depth] - x_zero, w + k * p.right_depth, w_zero, p.columns);
        }
        continue;
      }
      for (int32_t c = 0; c < p.columns; c++) {
        const int8_t *to = w + c * p.right_column;
        uint32_t sum = 0;
        if (p.left_depth == 1 && p.right_depth == 1) {
          sum = dot(x, x_zero, to, w_zero, p.depth);
        } else {
          for (int32_t k = 0; k < p.depth; k++) {
            sum += (uint32_t)((x[k * p.left_depth] - x_zero) * (to[k * p.right_depth] - w_zero));
          }
        }
        y[c] = (int32_t)sum;
      }
    }
  }
}
