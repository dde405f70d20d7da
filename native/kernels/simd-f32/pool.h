/* Pooling across channels: PARTS vectors of them at a time, so that sums do not wait for each other. A kernel says how its
 * vectors begin, take a tap and end. */
#include "../generic/tinyml_window.h"

enum { PARTS = 4 };

/* The valid part of a window, and where its output goes. */
typedef struct {
  const float *from;
  int32_t rows, columns;
  int64_t row_step, column_step;
  float count; /* of an average */
  float *output;
} window;

TINYML_INLINE tinyml_vec begin(void);
TINYML_INLINE tinyml_vec take(tinyml_vec pooled, tinyml_vec tap);
TINYML_INLINE tinyml_vec end(tinyml_vec pooled, float count);

/* `count` channels from c on: `parts` vectors, the last of which may have fewer lanes when not `whole`. */
TINYML_INLINE void pool_channels(const window *w, int32_t c, int32_t count, const int32_t parts, const bool whole) {
  tinyml_vec pooled[PARTS];
  TINYML_UNROLL
  for (int32_t k = 0; k < parts; k++) pooled[k] = begin();
  for (int32_t y = 0; y < w->rows; y++) {
    const float *at = w->from + y * w->row_step + c;
    for (int32_t x = 0; x < w->columns; x++, at += w->column_step) {
      TINYML_UNROLL
      for (int32_t k = 0; k < parts; k++) {
        const float *from = at + k * TINYML_LANES;
        pooled[k] = take(pooled[k], whole ? tinyml_load(from) : tinyml_load_first(from, count));
      }
    }
  }
  TINYML_UNROLL
  for (int32_t k = 0; k < parts; k++) {
    float *to = w->output + c + k * TINYML_LANES;
    if (whole) {
      tinyml_store(to, end(pooled[k], w->count));
    } else {
      tinyml_store_first(to, end(pooled[k], w->count), count);
    }
  }
}

static void pool_window(const window *w, int32_t channels) {
  int32_t c = 0;
  for (; c <= channels - PARTS * TINYML_LANES; c += PARTS * TINYML_LANES) pool_channels(w, c, channels, PARTS, true);
  for (; c <= channels - TINYML_LANES; c += TINYML_LANES) pool_channels(w, c, channels, 1, true);
  if (c < channels) pool_channels(w, c, channels - c, 1, false);
}

/* All windows. `count`: taps that an average divides by, 0: those inside the input. */
static void pool(const tinyml_max_pool2d_f32_params *p, int32_t count, const float *input, float *output) {
  for (int32_t position = 0; position < p->batch * p->out_h * p->out_w; position++, output += p->channels) {
    const int32_t row = position / p->out_w;
    const int32_t x = position % p->out_w * p->stride_w - p->pad_left, y = row % p->out_h * p->stride_h - p->pad_top;
    const tinyml_taps kx = tinyml_valid_taps(x, p->dilation_w, p->kernel_w, p->in_w);
    const tinyml_taps ky = tinyml_valid_taps(y, p->dilation_h, p->kernel_h, p->in_h);
    const int32_t rows = ky.end - ky.first, columns = kx.end - kx.first;
    const int64_t first_row = (int64_t)(row / p->out_h) * p->in_h + y + (int64_t)ky.first * p->dilation_h;
    const int64_t first_column = x + (int64_t)kx.first * p->dilation_w;
    const window w = {input + (first_row * p->in_w + first_column) * p->channels,
                      rows,
                      columns,
                      (int64_t)p->dilation_h * p->in_w * p->channels,
                      (int64_t)p->dilation_w * p->channels,
                      (float)(count == 0 ? rows * columns : count),
                      output};
    pool_window(&w, p->channels);
  }
}
