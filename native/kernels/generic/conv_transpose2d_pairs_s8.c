#include "../tinyml_kernels.h"
#include "tinyml_channel_pairs.h"
#include "tinyml_transposed_phases.h"

void tinyml_conv_transpose2d_pairs_s8(const tinyml_conv_transpose2d_pairs_s8_params *params, const int8_t *input, const int32_t *table,
                                      int8_t *output, void *scratch) {
  const tinyml_conv_transpose2d_pairs_s8_params *const p = params;
  const int32_t columns = tinyml_column_phases(p), pairs = (p->phase_channels + 1) / 2;
  for (int32_t row = 0; row < p->batch * p->out_h; row++, output += p->out_w * p->out_channels) {
    const tinyml_transposed_row of = tinyml_transposed_row_of(p, input, row);
    int8_t *const line = tinyml_line_of(p, output, scratch);
    const int32_t *blocks = table;
    for (int32_t y = 0; y <= of.phase; y++) {
      const int32_t height = (p->kernel_h - y + p->stride_h - 1) / p->stride_h;
      for (int32_t x = 0; x < columns; x++) {
        const tinyml_axis_phase across = tinyml_column_phase_of(p, x);
        const int32_t words = height * ((across.taps * p->in_channels + 1) / 2);
        if (y == of.phase) {
          const tinyml_conv2d_pairs_s8_params conv = tinyml_phase_of_row(p, &of, across, height, words);
          tinyml_conv2d_pairs_s8(&conv, of.input, blocks, line, scratch);
          tinyml_put_line(p, across, line, output);
        }
        blocks += pairs * (words + TINYML_PAIR_EXTRAS);
      }
    }
  }
}
