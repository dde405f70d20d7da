#include "../generic/tinyml_tiles.h"
#include "../generic/tinyml_window.h"
#include "channel.h"

enum { WIDTH = 4 * TINYML_LANES };

/* A window: its valid part, and what its mean is made of. */
typedef struct {
  const int8_t *from;
  int32_t rows, columns;
  ptrdiff_t row_step, column_step;
  int32_t padding_sum, count;
} window;

/* sum / count, rounded half away from zero. */
TINYML_INLINE tinyml_vec mean(tinyml_vec sum, int32_t count) {
  /* half, or -half = (half ^ -1) + 1 where the sum is negative; a sum of 0 rounds to 0 either way */
  const tinyml_vec sign = tinyml_sign(sum);
  const tinyml_vec half = tinyml_subtract(tinyml_xor(tinyml_set(count / 2), sign), sign);
  return tinyml_divide(tinyml_add(sum, half), count);
}

/* Means of channels [c, c + WIDTH), or of the first `count` of them. */
TINYML_INLINE tinyml_bytes means(const window *w, int32_t c, int32_t count, const bool whole,
                                 const tinyml_output *output) {
  tinyml_vec sums[4];
  TINYML_UNROLL
  for (int32_t j = 0; j < 4; j++) sums[j] = tinyml_set(w->padding_sum);
  for (int32_t y = 0; y < w->rows; y++) {
    const int8_t *at = w->from + y * w->row_step + c;
    for (int32_t x = 0; x < w->columns; x++, at += w->column_step) {
      _Alignas(64) int8_t copy[WIDTH];
      if (!whole) memcpy(copy, at, (size_t)count);
      const int8_t *bytes = whole ? at : copy;
      TINYML_UNROLL
      for (int32_t j = 0; j < 4; j++) sums[j] = tinyml_add(sums[j], tinyml_widen(bytes + j * TINYML_LANES));
    }
  }
  TINYML_UNROLL
  for (int32_t j = 0; j < 4; j++) sums[j] = mean(sums[j], w->count);
  return tinyml_narrow(sums, output);
}

/* A rectangle of the output; rows are those of all images one after the other. */
static void run_rectangle(const tinyml_avg_pool2d_s8_params *of, tinyml_tile tile, const int8_t *input, int8_t *output) {
  const tinyml_avg_pool2d_s8_params p = *of;
  const tinyml_output clamp = tinyml_output_of(0, p.act_min, p.act_max);
  for (int32_t row = tile.y0; row < tile.y1; row++) {
    const int32_t y = row % p.out_h * p.stride_h - p.pad_top;
    const tinyml_taps ky = tinyml_valid_taps(y, 1, p.kernel_h, p.in_h);
    const int8_t *line = input + ((row / p.out_h) * p.in_h + y + ky.first) * p.in_w * p.channels;
    int8_t *to = output + (row * p.out_w + tile.x0) * p.channels;
    for (int32_t column = tile.x0; column < tile.x1; column++, to += p.channels) {
      const int32_t x = column * p.stride_w - p.pad_left;
      const tinyml_taps kx = tinyml_valid_taps(x, 1, p.kernel_w, p.in_w);
      const int32_t rows = ky.end - ky.first, columns = kx.end - kx.first;
      const int32_t padding = p.count_include_pad ? p.kernel_h * p.kernel_w - rows * columns : 0;
      const window w = {line + (x + kx.first) * p.channels,
                        rows,
                        columns,
                        (ptrdiff_t)p.in_w * p.channels,
                        p.channels,
                        -p.input_offset * padding,
                        rows * columns + padding};
      int32_t c = 0;
      for (; c + WIDTH <= p.channels; c += WIDTH) tinyml_store_bytes(to + c, means(&w, c, WIDTH, true, &clamp));
      if (c < p.channels) {
        tinyml_store_some_bytes(to + c, means(&w, c, p.channels - c, false, &clamp), p.channels - c);
      }
    }
  }
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const tinyml_avg_pool2d_s8_params *p = of;
  const tinyml_tile whole = {0, 0, p->batch * p->out_h, p->out_w};
  (void)packed;
  (void)scratch;
  run_rectangle(p, whole, operands[0], operands[1]);
}

static void run_tiles(const void *of, void *const *operands, const void *packed, void *scratch) {
  const tinyml_avg_pool2d_s8_params *p = of; /* the parameters begin with those of the dense kernel */
  const int32_t count = tinyml_tile_count(operands[1], ((const tinyml_avg_pool2d_tiles_s8_params *)of)->capacity);
  (void)packed;
  (void)scratch;
  for (int32_t i = 0; i < count; i++) {
    run_rectangle(p, tinyml_tile_at(operands[1], i, p->out_h, p->out_w), operands[0], operands[2]);
  }
}

const tinyml_functions TINYML_NAME(avg_pool2d_tiles_s8) = {NULL, NULL, NULL, NULL, run_tiles};
const tinyml_functions TINYML_NAME(avg_pool2d_s8) = {NULL, NULL, NULL, NULL, run};
