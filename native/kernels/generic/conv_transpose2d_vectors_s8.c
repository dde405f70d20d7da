#include "../tinyml_kernels.h"
#include "tinyml_channel_vectors.h"
#include "tinyml_transposed_phases.h"

void tinyml_conv_transpose2d_vectors_s8(const tinyml_conv_transpose2d_vectors_s8_params *params, const int8_t *input,
                                        const int8_t *weights, const int32_t *scales, int8_t *output, void *scratch) {
  const tinyml_conv_transpose2d_vectors_s8_params *const p = params;
  const int32_t columns = tinyml_column_phases(p), pairs = (p->phase_channels + 1) / 2;
  const int32_t of_phase = (p->phase_channels + TINYML_EIGHT - 1) / TINYML_EIGHT * TINYML_SCALES;
  for (int32_t row = 0; row < p->batch * p->out_h; row++, output += p->out_w * p->out_channels) {
    const tinyml_transposed_row of = tinyml_transposed_row_of(p, input, row);
    int8_t *const line = tinyml_line_of(p, output, scratch);
    const int8_t *with = weights;
    for (int32_t y = 0; y <= of.phase; y++) {
      const int32_t height = (p->kernel_h - y + p->stride_h - 1) / p->stride_h;
      for (int32_t x = 0; x < columns; x++) {
        const tinyml_axis_phase across = tinyml_column_phase_of(p, x);
        const int32_t vectors = (height * across.taps * p->in_channels + TINYML_VECTOR - 1) / TINYML_VECTOR;
        const int32_t words = 2 * TINYML_VECTOR / 4 * vectors;
        if (y == of.phase) {
          const tinyml_conv2d_vectors_s8_params conv = tinyml_phase_of_row(p, &of, across, height, words);
          tinyml_conv2d_vectors_s8(&conv, of.input, with, scales + (y * columns + x) * of_phase, line, scratch);
          tinyml_put_line(p, across, line, output);
        }
        with += pairs * 4 * words;
      }
    }
  }
}
