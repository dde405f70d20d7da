#include "../generic/tinyml_window.h"
#include "channel.h"

enum { WIDTH = 4 * TINYML_LANES };

/* Channels [c, c + WIDTH), or what is left of them. */
TINYML_INLINE tinyml_bytes load(const int8_t *from, ptrdiff_t count, const bool whole) {
  return whole ? tinyml_load_bytes(from) : tinyml_load_some_bytes(from, count);
}

TINYML_INLINE tinyml_bytes greatest(const int8_t *from, ptrdiff_t count, const bool whole, int32_t rows, int32_t columns,
                                    ptrdiff_t row_step, ptrdiff_t column_step) {
  tinyml_bytes best = tinyml_set_bytes(INT8_MIN);
  for (int32_t y = 0; y < rows; y++, from += row_step) {
    for (int32_t x = 0; x < columns; x++) best = tinyml_max_bytes(best, load(from + x * column_step, count, whole));
  }
  return best;
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const tinyml_max_pool2d_s8_params p = *(const tinyml_max_pool2d_s8_params *)of;
  const tinyml_output clamp = tinyml_output_of(0, p.act_min, p.act_max);
  const int8_t *input = operands[0];
  int8_t *output = operands[1];
  (void)packed;
  (void)scratch;
  for (int32_t position = 0; position < p.batch * p.out_h * p.out_w; position++, output += p.channels) {
    const int32_t row = position / p.out_w;
    const int32_t x = position % p.out_w * p.stride_w - p.pad_left, y = row % p.out_h * p.stride_h - p.pad_top;
    const tinyml_taps kx = tinyml_valid_taps(x, p.dilation_w, p.kernel_w, p.in_w);
    const tinyml_taps ky = tinyml_valid_taps(y, p.dilation_h, p.kernel_h, p.in_h);
    const int32_t rows = ky.end - ky.first, columns = kx.end - kx.first;
    const int8_t *from = input + (((row / p.out_h) * p.in_h + y + ky.first * p.dilation_h) * p.in_w + x +
                                  kx.first * p.dilation_w) *
                                     p.channels;
    const ptrdiff_t row_step = (ptrdiff_t)p.dilation_h * p.in_w * p.channels;
    const ptrdiff_t column_step = (ptrdiff_t)p.dilation_w * p.channels;
    int32_t c = 0;
    for (; c + WIDTH <= p.channels; c += WIDTH) {
      const tinyml_bytes best = greatest(from + c, WIDTH, true, rows, columns, row_step, column_step);
      tinyml_store_bytes(output + c, tinyml_clamp_bytes(best, &clamp));
    }
    if (c < p.channels) {
      const tinyml_bytes best = greatest(from + c, p.channels - c, false, rows, columns, row_step, column_step);
      tinyml_store_some_bytes(output + c, tinyml_clamp_bytes(best, &clamp), p.channels - c);
    }
  }
}

const tinyml_functions TINYML_NAME(max_pool2d_s8) = {NULL, NULL, NULL, NULL, run};
