#include <string.h>

#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"
#include "tinyml_fma.h"

/* One row of the input, at the columns of an output place. */
static inline float along(const tinyml_resize2d_f32_params *p, const float *row, const int32_t *columns,
                          const float *weights, int32_t c) {
  float sum = 0.0f;
  for (int32_t j = 0; j < p->taps; j++) {
    sum = tinyml_fma(weights[j], row[tinyml_clamp(columns[j], 0, p->in_w - 1) * p->channels + c], sum);
  }
  return sum;
}

void tinyml_resize2d_f32(const tinyml_resize2d_f32_params *params, const float *input, const int32_t *rows,
                         const float *row_weights, const int32_t *columns, const float *column_weights,
                         float *output, void *scratch) {
  const tinyml_resize2d_f32_params p = *params;
  const int32_t row_size = p.in_w * p.channels;
  (void)scratch;
  for (int32_t n = 0; n < p.batch; n++, input += p.in_h * row_size) {
    for (int32_t oy = 0; oy < p.out_h; oy++) {
      const int32_t *const own_rows = rows + oy * p.taps;
      for (int32_t ox = 0; ox < p.out_w; ox++, output += p.channels) {
        const int32_t *const own_columns = columns + ox * p.taps;
        if (p.taps == 1) {
          const float *const row = input + tinyml_clamp(own_rows[0], 0, p.in_h - 1) * row_size;
          const int32_t column = tinyml_clamp(own_columns[0], 0, p.in_w - 1);
          memcpy(output, row + column * p.channels, (size_t)p.channels * sizeof(float));
          continue;
        }
        for (int32_t c = 0; c < p.channels; c++) {
          float sum = 0.0f;
          for (int32_t i = 0; i < p.taps; i++) {
            const float *const row = input + tinyml_clamp(own_rows[i], 0, p.in_h - 1) * row_size;
            const float part = along(&p, row, own_columns, column_weights + ox * p.taps, c);
            sum = tinyml_fma(row_weights[oy * p.taps + i], part, sum);
          }
          output[c] = sum;
        }
      }
    }
  }
}
