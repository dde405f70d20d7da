#include "../tinyml_kernels.h"
#include "tinyml_depthwise_products.h"
#include "tinyml_quantizer.h"
#include "tinyml_specialised.h"
#include "tinyml_window_columns.h"

/* The sums of a group of channels, of four positions at a time; where there are fewer, of one. */
TINYML_APART void group_sums(const tinyml_windows *w, const int8_t *input, const int8_t *weights, int32_t *output) {
  const tinyml_conv2d_sums_s8_params *p = w->p;
  const int32_t depth = w->runs * w->run, channels = p->out_channels / p->groups;
  const int32_t positions = p->batch * p->out_h * p->out_w;
  /* A whole window that lies beside itself has no need of room. */
  const int32_t is_pixel = w->runs == 1 && w->pixels == 1;
  int8_t room[TINYML_COLUMNS][TINYML_DEPTH];
  tinyml_columns columns;
  for (int32_t first = 0, count; first < positions; first += count) {
    count = positions < TINYML_COLUMNS ? 1 : TINYML_COLUMNS;
    /* Where fewer are left, some are computed once more. */
    if (first > positions - count) first = positions - count;
    tinyml_window_place at[TINYML_COLUMNS];
    for (int32_t j = 0; j < count; j++) at[j] = tinyml_window_place_of(p, input, first + j);
    tinyml_rows rows = {
        .step = depth,
        .count = channels,
        .sums = output + (ptrdiff_t)first * p->out_channels,
        .row_step = 1,
        .column_step = p->out_channels,
    };
    const int32_t most = count == 1 && is_pixel ? depth : TINYML_DEPTH;
    for (int32_t from = 0, end; from < depth; from = end) {
      end = depth - from < most ? depth : from + most;
      const int8_t *x[TINYML_COLUMNS];
      for (int32_t j = 0; j < count; j++) x[j] = tinyml_window_numbers(w, at[j], from, end, room[j]);
      rows.first = weights + from;
      rows.add = from > 0;
      if (count == 1) {
        tinyml_one_column_sums(x[0], end - from, w->zero_point, &rows);
        continue;
      }
      tinyml_set_columns(&columns, x, end - from, w->zero_point);
      tinyml_column_sums(&columns, &rows);
    }
  }
}

void tinyml_conv2d_sums_s8(const tinyml_conv2d_sums_s8_params *params, const int8_t *input, const float *quantizer,
                           const int8_t *weights, int32_t *output, void *scratch) {
  const tinyml_conv2d_sums_s8_params p = *params;
  const int32_t zero_point = tinyml_zero_point(quantizer);
  const tinyml_windows windows = tinyml_windows_of(&p, zero_point);
  const int32_t channels = p.out_channels / p.groups;
  (void)scratch;
  if (tinyml_is_small_depthwise(&p)) {
    tinyml_depthwise_sums(&p, input, zero_point, weights, output);
    return;
  }
  for (int32_t group = 0; group < p.groups; group++) {
    const int32_t first = group * channels;
    group_sums(&windows, input + group * windows.channels,
               weights + (ptrdiff_t)first * windows.runs * windows.run, output + first);
  }
}
