/* Gradients of the weights of a depthwise convolution: a vector of channels at a time, the chains of its taps in registers
 * over the pixels of a band. A tap in the padding reads zeros. */
#include "products.h"

/* A band is as many output rows as read this many bytes, at least one. */
enum { CHANNELS_BAND_BYTES = 64 << 10 };

enum { MAX_TAPS = 9, MAX_TAP_ROWS = 3 };

static const float no_pixel[TINYML_LANES];

/* Per vector of channels the sums of its taps, then the sum of the gradient. */
static int64_t depthwise_scratch(const tinyml_conv2d_f32_params *p) {
  const int64_t blocks = (p->in_channels + TINYML_LANES - 1) / TINYML_LANES;
  return blocks * (p->kernel_h * p->kernel_w + 1) * TINYML_LANES * (int64_t)sizeof(float);
}

/* Some output rows of an image. */
typedef struct {
  const tinyml_conv2d_f32_params *p;
  const float *input, *gradient; /* of the image, and of the first row */
  int32_t row, rows;
  int32_t first, end; /* pixels whose windows have all columns inside the input */
} rows;

/* Taps of a tile: `tap_rows` kernel rows of `columns`. */
typedef struct {
  int32_t tap_rows, columns;
  bool whole; /* all lanes of the vector are channels */
} taps;

TINYML_INLINE tinyml_vec load_lanes(const float *from, int32_t count, const taps t) {
  return t.whole ? tinyml_load(from) : tinyml_load_first(from, count);
}

/* Taps from (ky, kx) on, of channels from c on. sum: of the gradient. */
TINYML_INLINE void add_taps(const rows *r, int32_t ky, int32_t kx, int32_t c, float *sums, float *sum, const taps t) {
  const tinyml_conv2d_f32_params *p = r->p;
  const int64_t channels = p->in_channels;
  const int32_t count = p->in_channels - c;
  tinyml_vec chains[MAX_TAPS], total = tinyml_load(sum);
  TINYML_UNROLL
  for (int32_t i = 0; i < t.tap_rows * t.columns; i++) chains[i] = tinyml_load(sums + i * TINYML_LANES);
  const float *g = r->gradient + c;
  for (int32_t row = 0; row < r->rows; row++) {
    const int64_t y0 = (int64_t)(r->row + row) * p->stride_h - p->pad_top;
    const float *lines[MAX_TAP_ROWS];
    int64_t steps[MAX_TAP_ROWS];
    TINYML_UNROLL
    for (int32_t j = 0; j < t.tap_rows; j++) {
      const int64_t y = y0 + (int64_t)(ky + j) * p->dilation_h;
      const bool inside = y >= 0 && y < p->in_h;
      lines[j] = inside ? r->input + y * p->in_w * channels + c : no_pixel;
      steps[j] = inside ? channels : 0;
    }
    for (int32_t x = 0; x < p->out_w;) {
      int64_t column = (int64_t)x * p->stride_w - p->pad_left + (int64_t)kx * p->dilation_w;
      if (x < r->first || x >= r->end) {
        const tinyml_vec gradient = load_lanes(g, count, t);
        total = tinyml_add(total, gradient);
        TINYML_UNROLL
        for (int32_t j = 0; j < t.tap_rows; j++) {
          TINYML_UNROLL
          for (int32_t i = 0; i < t.columns; i++) {
            const int64_t at = column + (int64_t)i * p->dilation_w;
            const float *from = at < 0 || at >= p->in_w ? no_pixel : lines[j] + at * steps[j];
            chains[j * t.columns + i] = tinyml_multiply_add(load_lanes(from, count, t), gradient, chains[j * t.columns + i]);
          }
        }
        x++;
        g += channels;
        continue;
      }
      const float *from[MAX_TAP_ROWS];
      int64_t taps_step[MAX_TAP_ROWS], pixel_step[MAX_TAP_ROWS];
      TINYML_UNROLL
      for (int32_t j = 0; j < t.tap_rows; j++) {
        from[j] = lines[j] + column * steps[j];
        taps_step[j] = p->dilation_w * steps[j];
        pixel_step[j] = p->stride_w * steps[j];
      }
      for (; x < r->end; x++, g += channels) {
        const tinyml_vec gradient = load_lanes(g, count, t);
        total = tinyml_add(total, gradient);
        TINYML_UNROLL
        for (int32_t j = 0; j < t.tap_rows; j++) {
          TINYML_UNROLL
          for (int32_t i = 0; i < t.columns; i++) {
            const tinyml_vec value = load_lanes(from[j] + i * taps_step[j], count, t);
            chains[j * t.columns + i] = tinyml_multiply_add(value, gradient, chains[j * t.columns + i]);
          }
          from[j] += pixel_step[j];
        }
      }
    }
  }
  TINYML_UNROLL
  for (int32_t i = 0; i < t.tap_rows * t.columns; i++) tinyml_store(sums + i * TINYML_LANES, chains[i]);
  tinyml_store(sum, total);
}

#define DEFINE_ADD_TAPS(tap_rows, columns)                                                                             \
  static __attribute__((noinline)) void add_##tap_rows##x##columns(const rows *r, int32_t ky, int32_t kx, int32_t c,   \
                                                                   float *sums, float *sum) {                          \
    if (r->p->in_channels - c >= TINYML_LANES) {                                                                       \
      add_taps(r, ky, kx, c, sums, sum, (taps){tap_rows, columns, true});                                              \
    } else {                                                                                                           \
      add_taps(r, ky, kx, c, sums, sum, (taps){tap_rows, columns, false});                                             \
    }                                                                                                                  \
  }
DEFINE_ADD_TAPS(3, 3)
DEFINE_ADD_TAPS(1, 4)
DEFINE_ADD_TAPS(1, 2)
DEFINE_ADD_TAPS(1, 1)

/* All taps of the channels from c on. */
static void add_rows(const rows *r, int32_t c, float *sums) {
  const int32_t height = r->p->kernel_h, width = r->p->kernel_w;
  float *sum = sums + (int64_t)height * width * TINYML_LANES;
  if (height == 3 && width == 3) {
    add_3x3(r, 0, 0, c, sums, sum);
    return;
  }
  float spare[TINYML_LANES] = {0};
  for (int32_t ky = 0; ky < height; ky++) {
    for (int32_t kx = 0, columns; kx < width; kx += columns, sums += columns * TINYML_LANES) {
      const int32_t left = width - kx;
      columns = left >= 4 ? 4 : left >= 2 ? 2 : 1;
      float *total = ky == 0 && kx == 0 ? sum : spare;
      (columns == 4 ? add_1x4 : columns == 2 ? add_1x2 : add_1x1)(r, ky, kx, c, sums, total);
    }
  }
}

static void run_depthwise(const tinyml_conv2d_f32_params *p, const float *input, const float *gradient, float *output,
                          float *bias, float *scratch) {
  const int32_t channels = p->in_channels, window = p->kernel_h * p->kernel_w;
  const int64_t size = (int64_t)(window + 1) * TINYML_LANES, line = (int64_t)p->out_w * channels;
  const int64_t span = (int64_t)(p->kernel_w - 1) * p->dilation_w, last = (int64_t)p->in_w - 1 - span + p->pad_left;
  const int32_t first = (p->pad_left + p->stride_w - 1) / p->stride_w;
  const int64_t end = last < 0 ? 0 : last / p->stride_w + 1;
  const int64_t bytes_of_row = (p->stride_h * (int64_t)p->in_w + p->out_w) * channels * (int64_t)sizeof(float);
  const int32_t band = bytes_of_row > CHANNELS_BAND_BYTES ? 1 : (int32_t)(CHANNELS_BAND_BYTES / bytes_of_row);
  rows r = {.p = p, .first = first};
  r.end = end < p->out_w ? (int32_t)end : p->out_w;
  memset(scratch, 0, (size_t)depthwise_scratch(p));
  for (int32_t n = 0; n < p->batch; n++) {
    r.input = input + (int64_t)n * p->in_h * p->in_w * channels;
    for (r.row = 0; r.row < p->out_h; r.row += r.rows) {
      r.rows = p->out_h - r.row < band ? p->out_h - r.row : band;
      r.gradient = gradient + ((int64_t)n * p->out_h + r.row) * line;
      for (int32_t c = 0; c < channels; c += TINYML_LANES) add_rows(&r, c, scratch + c / TINYML_LANES * size);
    }
  }
  for (int32_t c = 0; c < channels; c++) {
    const float *sums = scratch + c / TINYML_LANES * size + c % TINYML_LANES;
    for (int32_t tap = 0; tap < window; tap++) output[(int64_t)c * window + tap] = sums[tap * TINYML_LANES];
    bias[c] = sums[window * TINYML_LANES];
  }
}
