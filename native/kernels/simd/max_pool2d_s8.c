#include "../generic/tinyml_tiles.h"
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

/* A rectangle of the output; rows are those of all images one after the other. */
static void run_rectangle(const tinyml_max_pool2d_s8_params *of, tinyml_tile tile, const int8_t *input, int8_t *output) {
  const tinyml_max_pool2d_s8_params p = *of;
  const tinyml_output clamp = tinyml_output_of(0, p.act_min, p.act_max);
  const ptrdiff_t row_step = (ptrdiff_t)p.dilation_h * p.in_w * p.channels;
  const ptrdiff_t column_step = (ptrdiff_t)p.dilation_w * p.channels;
  for (int32_t row = tile.y0; row < tile.y1; row++) {
    const int32_t y = row % p.out_h * p.stride_h - p.pad_top;
    const tinyml_taps ky = tinyml_valid_taps(y, p.dilation_h, p.kernel_h, p.in_h);
    const int8_t *line = input + ((row / p.out_h) * p.in_h + y + ky.first * p.dilation_h) * p.in_w * p.channels;
    int8_t *to = output + (row * p.out_w + tile.x0) * p.channels;
    for (int32_t column = tile.x0; column < tile.x1; column++, to += p.channels) {
      const int32_t x = column * p.stride_w - p.pad_left;
      const tinyml_taps kx = tinyml_valid_taps(x, p.dilation_w, p.kernel_w, p.in_w);
      const int32_t rows = ky.end - ky.first, columns = kx.end - kx.first;
      const int8_t *from = line + (x + kx.first * p.dilation_w) * p.channels;
      int32_t c = 0;
      for (; c + WIDTH <= p.channels; c += WIDTH) {
        const tinyml_bytes best = greatest(from + c, WIDTH, true, rows, columns, row_step, column_step);
        tinyml_store_bytes(to + c, tinyml_clamp_bytes(best, &clamp));
      }
      if (c < p.channels) {
        const tinyml_bytes best = greatest(from + c, p.channels - c, false, rows, columns, row_step, column_step);
        tinyml_store_some_bytes(to + c, tinyml_clamp_bytes(best, &clamp), p.channels - c);
      }
    }
  }
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const tinyml_max_pool2d_s8_params *p = of;
  const tinyml_tile whole = {0, 0, p->batch * p->out_h, p->out_w};
  (void)packed;
  (void)scratch;
  run_rectangle(p, whole, operands[0], operands[1]);
}

static void run_tiles(const void *of, void *const *operands, const void *packed, void *scratch) {
  const tinyml_max_pool2d_s8_params *p = of; /* the parameters begin with those of the dense kernel */
  const int32_t count = tinyml_tile_count(operands[1], ((const tinyml_max_pool2d_tiles_s8_params *)of)->capacity);
  (void)packed;
  (void)scratch;
  for (int32_t i = 0; i < count; i++) {
    run_rectangle(p, tinyml_tile_at(operands[1], i, p->out_h, p->out_w), operands[0], operands[2]);
  }
}

const tinyml_functions TINYML_NAME(max_pool2d_tiles_s8) = {NULL, NULL, NULL, NULL, run_tiles};
const tinyml_functions TINYML_NAME(max_pool2d_s8) = {NULL, NULL, NULL, NULL, run};
