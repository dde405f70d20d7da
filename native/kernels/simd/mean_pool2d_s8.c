/* Means into a scale of their own, a vector of channels at once. */
#include "../generic/tinyml_tiles.h"
#include "../generic/tinyml_window.h"
#include "channel.h"

typedef tinyml_mean_pool2d_s8_params params;

enum { WIDTH = 4 * TINYML_LANES };

/* Packed: the one requantisation of all channels. */
typedef struct {
  tinyml_requantization requantization;
  _Alignas(64) int32_t quick;
} constants;

static int64_t packed_bytes(const void *of) {
  (void)of;
  return sizeof(constants);
}

static void pack(const void *of, const void *const *operands, void *packed) {
  const params *p = of;
  constants *to = packed;
  tinyml_channel channels[TINYML_LANES];
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) {
    channels[lane] = (tinyml_channel){0, p->multiplier, p->shift, (int64_t)p->kernel_h * p->kernel_w * 256};
  }
  (void)operands;
  to->quick = tinyml_quick(channels);
  tinyml_pack_requantization(&to->requantization, channels, to->quick);
}

/* A window: its valid part. */
typedef struct {
  const int8_t *from;
  int32_t rows, columns;
  ptrdiff_t row_step, column_step;
} window;

/* Means of channels [c, c + WIDTH), or of the first `count` of them. Sums of as many int8 as an int16 holds would save
 * little: a mean is small beside the convolution before it. */
TINYML_INLINE tinyml_bytes means(const window *w, int32_t c, int32_t count, const bool whole, int32_t input_offset,
                                 const constants *with, const tinyml_output *output) {
  tinyml_vec sums[4];
  const tinyml_vec first =
      tinyml_add(tinyml_set(input_offset * w->rows * w->columns), tinyml_load_bias(&with->requantization));
  TINYML_UNROLL
  for (int32_t j = 0; j < 4; j++) sums[j] = first;
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
  for (int32_t j = 0; j < 4; j++) sums[j] = tinyml_requantize_vec(sums[j], &with->requantization, with->quick);
  return tinyml_narrow(sums, output);
}

/* A rectangle of the output; rows are those of all images one after the other. */
static void run_rectangle(const params *of, const constants *with, tinyml_tile tile, const int8_t *input,
                          int8_t *output) {
  const params p = *of;
  const tinyml_output clamp = tinyml_output_of(p.output_offset, p.act_min, p.act_max);
  for (int32_t row = tile.y0; row < tile.y1; row++) {
    const int32_t y = row % p.out_h * p.stride_h - p.pad_top;
    const tinyml_taps ky = tinyml_valid_taps(y, p.dilation_h, p.kernel_h, p.in_h);
    const int8_t *line = input + ((row / p.out_h) * p.in_h + y + ky.first * p.dilation_h) * p.in_w * p.channels;
    int8_t *to = output + (row * p.out_w + tile.x0) * p.channels;
    for (int32_t column = tile.x0; column < tile.x1; column++, to += p.channels) {
      const int32_t x = column * p.stride_w - p.pad_left;
      const tinyml_taps kx = tinyml_valid_taps(x, p.dilation_w, p.kernel_w, p.in_w);
      const window w = {line + (x + kx.first * p.dilation_w) * p.channels, ky.end - ky.first, kx.end - kx.first,
                        (ptrdiff_t)p.dilation_h * p.in_w * p.channels, (ptrdiff_t)p.dilation_w * p.channels};
      int32_t c = 0;
      for (; c + WIDTH <= p.channels; c += WIDTH) {
        tinyml_store_bytes(to + c, means(&w, c, WIDTH, true, p.input_offset, with, &clamp));
      }
      if (c < p.channels) {
        const int32_t rest = p.channels - c;
        tinyml_store_some_bytes(to + c, means(&w, c, rest, false, p.input_offset, with, &clamp), rest);
      }
    }
  }
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  const tinyml_tile whole = {0, 0, p->batch * p->out_h, p->out_w};
  (void)scratch;
  run_rectangle(p, packed, whole, operands[0], operands[1]);
}

static void run_tiles(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of; /* the parameters begin with those of the dense kernel */
  const int32_t count = tinyml_tile_count(operands[1], ((const tinyml_mean_pool2d_tiles_s8_params *)of)->capacity);
  (void)scratch;
  for (int32_t i = 0; i < count; i++) {
    run_rectangle(p, packed, tinyml_tile_at(operands[1], i, p->out_h, p->out_w), operands[0], operands[2]);
  }
}

const tinyml_functions TINYML_NAME(mean_pool2d_tiles_s8) = {NULL, packed_bytes, pack, NULL, run_tiles};
const tinyml_functions TINYML_NAME(mean_pool2d_s8) = {NULL, packed_bytes, pack, NULL, run};
