#include "overlaps.h"

#include "../kernels/tinyml_kernels.h"

static int64_t least_of(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most_of(int64_t a, int64_t b) { return a > b ? a : b; }

/* Windows over images. */
typedef struct {
  int64_t batch, in_h, in_w, out_h, out_w, stride_h, stride_w, pad_top, pad_left;
} windows;

#define WINDOWS(p)                                                                                              \
  ((windows){(p)->batch, (p)->in_h, (p)->in_w, (p)->out_h, (p)->out_w, (p)->stride_h, (p)->stride_w, (p)->pad_top, \
             (p)->pad_left})

static int64_t row_at(const windows *w, int64_t y) {
  return most_of(0, y * w->stride_h - w->pad_top) * w->in_w;
}

/* The first pixel of the input that an output position, or one behind it, reads. */
static int64_t first_read(const windows *w, int64_t position) {
  const int64_t row = position / w->out_w, image = row / w->out_h, y = row % w->out_h;
  const int64_t own = row_at(w, y) + most_of(0, position % w->out_w * w->stride_w - w->pad_left);
  return image * w->in_h * w->in_w + (y + 1 < w->out_h ? least_of(own, row_at(w, y + 1)) : own);
}

/* Windows are copied before their positions are written. */
enum { COPIED = -1 };

/* Positions one after the other. `input`, `output`: bytes of a pixel and of a position; `within`: how much more of a position may be
 * written than of its window's first pixel is read, or COPIED; most_unread: a window that is read to the end. */
static tinyml_overlap in_order(windows w, int64_t input, int64_t output, int64_t within, int64_t most_unread) {
  const int64_t positions = w.batch * w.out_h * w.out_w;
  int64_t least = -w.batch * w.in_h * w.in_w * input;
  for (int64_t written = within == COPIED ? 1 : 0; written < positions; written++) {
    const int64_t bytes = written * output + (within == COPIED ? 0 : within);
    least = most_of(least, bytes - first_read(&w, least_of(written, most_unread)) * input);
  }
  return (tinyml_overlap){least, 1};
}

tinyml_overlap tinyml_overlap_conv2d(const void *params) {
  const tinyml_conv2d_s8_params *p = params;
  return in_order(WINDOWS(p), p->in_channels, p->out_channels, (int64_t)p->out_channels - 1, INT64_MAX);
}

tinyml_overlap tinyml_overlap_conv2d_vectors(const void *params) {
  const tinyml_conv2d_vectors_s8_params *p = params;
  return in_order(WINDOWS(p), p->in_channels, p->out_channels, (int64_t)p->out_channels - 1, INT64_MAX);
}

tinyml_overlap tinyml_overlap_depthwise_conv2d(const void *params) {
  const tinyml_depthwise_conv2d_s8_params *p = params;
  const int64_t channels = p->in_channels, more = p->depth_multiplier - 1;
  return in_order(WINDOWS(p), channels, channels * p->depth_multiplier, channels * more, INT64_MAX);
}

tinyml_overlap tinyml_overlap_avg_pool2d(const void *params) {
  const tinyml_avg_pool2d_s8_params *p = params;
  return in_order(WINDOWS(p), p->channels, p->channels, 0, INT64_MAX);
}

tinyml_overlap tinyml_overlap_max_pool2d(const void *params) {
  const tinyml_max_pool2d_s8_params *p = params;
  return in_order(WINDOWS(p), p->channels, p->channels, 0, INT64_MAX);
}

/* Windows are copied before their positions are written. Of five, some are computed twice. */
tinyml_overlap tinyml_overlap_conv2d_pairs(const void *params) {
  const tinyml_conv2d_pairs_s8_params *p = params;
  const windows w = WINDOWS(p);
  const int64_t most_unread = w.batch * w.out_h * w.out_w == 5 ? 1 : INT64_MAX;
  return in_order(w, p->in_channels, p->out_channels, COPIED, most_unread);
}

/* Images along their rows. */
typedef struct {
  int64_t batch, in, in_row, out, out_row, kernel, stride, dilation, pad;
} images;

#define IMAGES(p, dilation)                                                                                          \
  ((images){(p)->batch, (p)->in_h, (int64_t)(p)->in_w * (p)->in_channels, (p)->out_h,                                \
            (int64_t)(p)->out_w * (p)->out_channels, (p)->kernel_h, (p)->stride_h, dilation, (p)->pad_top})

/* The first row of the input that a row of outputs of a transposed convolution meets; `in` where there is none. */
static int64_t first_met(const images *of, int64_t row) {
  int64_t first = of->in;
  for (int64_t tap = 0; tap < of->kernel; tap++) {
    const int64_t spread = row + of->pad - tap * of->dilation;
    if (spread >= 0 && spread % of->stride == 0) first = least_of(first, spread / of->stride);
  }
  return first;
}

static int64_t first_of_window(const images *of, int64_t row) { return most_of(0, row * of->stride - of->pad); }

/* Bands of rows of outputs one after the other, each in several passes over the rows of the input that it reads. apart: how much further it is from the
 * last byte that is written before a pass to the first that the pass reads than from the end of the band to the start of its rows. */
static tinyml_overlap band_by_band(images of, int64_t band, int64_t (*first_read)(const images *of, int64_t row), int64_t apart) {
  const int64_t all = of.batch * of.in * of.in_row;
  int64_t least = -all;
  for (int64_t n = 0; n < of.batch; n++) {
    int64_t unread = of.in;
    for (int64_t row = of.out - 1; row >= 0; row--) {
      unread = least_of(unread, first_read(&of, row));
      const int64_t read = (n * of.in + unread) * of.in_row, start = row - row % band;
      const int64_t before = (n * of.out + start) * of.out_row;
      const int64_t written = (n * of.out + least_of(of.out, start + band)) * of.out_row;
      if (read < all) least = most_of(least, most_of(before, written - apart) - read);
    }
  }
  return (tinyml_overlap){least, 1};
}

/* The last channel of a position is written when its window was read. */
tinyml_overlap tinyml_overlap_conv_transpose2d(const void *params) {
  const tinyml_conv_transpose2d_s8_params *p = params;
  return band_by_band(IMAGES(p, p->dilation_h), 1, first_met, 1);
}

/* Phases of a row, which lie between each other. */
tinyml_overlap tinyml_overlap_conv_transpose2d_phases(const void *params) {
  const tinyml_conv_transpose2d_pairs_s8_params *p = params;
  return band_by_band(IMAGES(p, 1), 1, first_met, 0);
}

/* A pass for each group: those before the first group and behind the last are still to be read and written. */
tinyml_overlap tinyml_overlap_conv2d_groups(const void *params) {
  const tinyml_conv2d_groups_pairs_s8_params *p = params;
  const int64_t more = p->group_channels - p->in_channels / p->groups;
  const int64_t apart = p->out_channels - most_of(more, (p->groups - 1) * more);
  return band_by_band(IMAGES(p, p->dilation_h), p->band, first_of_window, apart);
}

/* Channel by channel: planes take all rows that a band reads, and keep those of the next; transposed ones take all. */
tinyml_overlap tinyml_overlap_depthwise_conv2d_planes(const void *params) {
  const tinyml_depthwise_conv2d_planes_s8_params *p = params;
  const windows w = WINDOWS(p);
  const int64_t image = w.in_h * w.in_w, outputs = w.out_h * w.out_w, band = p->transposed ? w.out_h : p->band;
  int64_t least = -w.batch * image;
  for (int64_t n = 0; n < w.batch; n++) {
    for (int64_t y = band; y < w.out_h + band; y += band) {
      const int64_t end = least_of(y, w.out_h);
      const int64_t taken = end < w.out_h ? (end - 1) * w.stride_h - w.pad_top + p->kernel_h : w.in_h;
      const int64_t read = n * image + least_of(most_of(taken, 0), w.in_h) * w.in_w;
      if (read < w.batch * image) least = most_of(least, n * outputs + end * w.out_w - read);
    }
  }
  return (tinyml_overlap){least * p->in_channels, p->in_channels};
}

static int64_t last_start(int64_t length, int64_t size) { return (length - 1) / size * size; }

/* Of a last row or column alone the one before is computed once more. */
static int64_t start_of(int64_t first, int64_t end, int is_dense) { return is_dense && first == end - 1 ? first - 1 : first; }

/* Blocks of outputs one after the other, from the last; portable code goes from position to position. */
tinyml_overlap tinyml_overlap_depthwise_conv2d_columns(const void *params) {
  const tinyml_depthwise_conv2d_columns_s8_params *p = params;
  const windows w = WINDOWS(p);
  const int is_dense = w.stride_h == 1;
  int64_t least = in_order(w, 1, 1, 0, INT64_MAX).least, unread = INT64_MAX;
  for (int64_t n = w.batch - 1; n >= 0; n--) {
    for (int64_t y = last_start(w.out_h, p->band); y >= 0; y -= p->band) {
      for (int64_t x = last_start(w.out_w, p->span); x >= 0; x -= p->span) {
        const int64_t top = start_of(y, w.out_h, is_dense), left = start_of(x, w.out_w, is_dense);
        const int64_t bottom = least_of(top + p->band, w.out_h), right = least_of(left + p->span, w.out_w);
        least = most_of(least, (n * w.out_h + bottom - 1) * w.out_w + right - unread);
        const int64_t in_y = most_of(0, top * w.stride_h - w.pad_top), in_x = most_of(0, left * w.stride_w - w.pad_left);
        unread = least_of(unread, (n * w.in_h + in_y) * w.in_w + in_x);
      }
    }
  }
  return (tinyml_overlap){least * p->in_channels, p->in_channels};
}

/* Backwards where that is needed: anywhere. */
tinyml_overlap tinyml_overlap_move(const void *params) {
  const tinyml_move_s8_params *p = params;
  return (tinyml_overlap){-(int64_t)p->size, 1};
}

/* Elements one after the other, of other sizes: bytes of one of the input and of the output. */
static tinyml_overlap elements(int64_t size, int64_t from, int64_t to) {
  const int64_t multiple = most_of(from, to), least = most_of(0, (to - from) * (size - 1));
  return (tinyml_overlap){(least + multiple - 1) / multiple * multiple, multiple};
}

tinyml_overlap tinyml_overlap_encode_s8(const void *params) {
  return elements(((const tinyml_encode_s8_params *)params)->size, sizeof(float), 1);
}

tinyml_overlap tinyml_overlap_quantize_s8(const void *params) {
  return elements(((const tinyml_quantize_s8_params *)params)->size, sizeof(float), 1);
}

tinyml_overlap tinyml_overlap_dequantize_s8(const void *params) {
  return elements(((const tinyml_dequantize_s8_params *)params)->size, 1, sizeof(float));
}

tinyml_overlap tinyml_overlap_requantize_s16_s8(const void *params) {
  return elements(((const tinyml_requantize_s16_s8_params *)params)->size, sizeof(int16_t), 1);
}

tinyml_overlap tinyml_overlap_requantize_s8_s16(const void *params) {
  return elements(((const tinyml_requantize_s8_s16_params *)params)->size, 1, sizeof(int16_t));
}
