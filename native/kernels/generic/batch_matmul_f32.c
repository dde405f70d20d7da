#include <stddef.h>

#include "../tinyml_kernels.h"
#include "tinyml_fma.h"

void tinyml_batch_matmul_f32(const tinyml_batch_matmul_f32_params *params, const float *left, const float *right,
                             float *output, void *scratch) {
  const tinyml_batch_matmul_f32_params p = *params;
  (void)scratch;
  for (int32_t matrix = 0; matrix < p.batch0 * p.batch1; matrix++) {
    const int32_t i = matrix / p.batch1, j = matrix % p.batch1;
    for (int32_t row = 0; row < p.rows; row++) {
      const float *a = left + p.left_start + i * p.left_batch0 + j * p.left_batch1 + row * p.left_row;
      const float *b = right + p.right_start + i * p.right_batch0 + j * p.right_batch1;
      float *y = output + p.output_start + i * p.output_batch0 + j * p.output_batch1 + row * p.output_row;
      int32_t column = 0;
      for (; column <= p.columns - TINYML_CHAINS; column += TINYML_CHAINS) {
        float sums[TINYML_CHAINS] = {0};
        for (int32_t k = 0; k < p.depth; k++) {
          const float value = a[k * p.left_depth], *w = b + column * p.right_column + k * p.right_depth;
          for (int32_t lane = 0; lane < TINYML_CHAINS; lane++) {
            sums[lane] = tinyml_fma(value, w[lane * p.right_column], sums[lane]);
          }
        }
        for (int32_t lane = 0; lane < TINYML_CHAINS; lane++) y[column + lane] = sums[lane];
      }
      for (; column < p.columns; column++) {
        float sum = 0.0f;
        for (int32_t k = 0; k < p.depth; k++) {
          sum = tinyml_fma(a[k * p.left_depth], b[column * p.right_column + k * p.right_depth], sum);
        }
        y[column] = sum;
      }
    }
  }
}
