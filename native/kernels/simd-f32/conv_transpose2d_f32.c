/* Gathers: output pixels a stride apart meet the same taps, and neighbouring pixels of the input. A tile is some such pixels
 * times some blocks of TINYML_LANES output channels, all sums in registers. */
#include "../generic/tinyml_meeting.h"

typedef tinyml_conv_transpose2d_f32_params params;

enum { MAX_BLOCKS = 2, MAX_PIXELS = 4 };

/* What is the same for the tiles of an output row. */
typedef struct {
  const params *p;
  const float *image, *packed;
  tinyml_meeting y;
  tinyml_vec lowest, highest;
} work;

/* Floats of a block: bias, then weights [kernel_h][kernel_w][in_channels]. */
static int64_t block_size(const params *p) {
  return ((int64_t)p->kernel_h * p->kernel_w * p->in_channels + 1) * TINYML_LANES;
}

static int32_t blocks_of(const params *p) {
  return (p->out_channels + TINYML_LANES - 1) / TINYML_LANES;
}

TINYML_INLINE void tile(const work *w, tinyml_meeting x, const float *panel, float *output, int32_t last,
                        const int32_t blocks, const int32_t pixels) {
  const params *p = w->p;
  const int64_t size = block_size(p), depth = p->in_channels;
  tinyml_vec sums[MAX_PIXELS * MAX_BLOCKS];
  TINYML_UNROLL
  for (int32_t i = 0; i < pixels; i++) {
    TINYML_UNROLL
    for (int32_t n = 0; n < blocks; n++) sums[i * blocks + n] = tinyml_load(panel + n * size);
  }
  for (int32_t row = 0; row < w->y.count; row++) {
    for (int32_t column = 0; column < x.count; column++) {
      const int64_t from = (int64_t)(w->y.at - row * w->y.back) * p->in_w + x.at - column * x.back;
      const int64_t tap = (int64_t)(w->y.first + row * w->y.step) * p->kernel_w + x.first + column * x.step;
      const float *a = w->image + from * depth, *weights = panel + (tap * depth + 1) * TINYML_LANES;
      for (const float *end = a + depth; a != end; a++, weights += TINYML_LANES) {
        TINYML_UNROLL
        for (int32_t n = 0; n < blocks; n++) {
          const tinyml_vec block = tinyml_load(weights + n * size);
          TINYML_UNROLL
          for (int32_t i = 0; i < pixels; i++) {
            sums[i * blocks + n] = tinyml_multiply_add(tinyml_splat(a[i * depth]), block, sums[i * blocks + n]);
          }
        }
      }
    }
  }
  TINYML_UNROLL
  for (int32_t i = 0; i < pixels; i++) {
    float *to = output + (int64_t)i * p->stride_w * p->out_channels;
    TINYML_UNROLL
    for (int32_t n = 0; n < blocks; n++) {
      const int32_t lanes = n == blocks - 1 ? last : TINYML_LANES;
      tinyml_store_first(to + n * TINYML_LANES, tinyml_bound(sums[i * blocks + n], w->lowest, w->highest), lanes);
    }
  }
}

/* All channels of one to four pixels. */
TINYML_INLINE void run_pixels(const work *w, tinyml_meeting x, float *output, const int32_t pixels) {
  const int32_t channels = w->p->out_channels, pair = 2 * TINYML_LANES;
  const float *panel = w->packed;
  int32_t channel = 0;
  for (; channel + TINYML_LANES < channels; channel += pair, panel += 2 * block_size(w->p)) {
    tile(w, x, panel, output + channel, channels - channel - TINYML_LANES, 2, pixels);
  }
  if (channel < channels) tile(w, x, panel, output + channel, channels - channel, 1, pixels);
}

static void run_row(const work *w, const tinyml_meeting *columns, float *output) {
  const int32_t stride = w->p->stride_w, width = w->p->out_w;
  for (int32_t phase = 0; phase < stride && phase < width; phase++) {
    for (int32_t at = phase, pixels; at < width; at += pixels * stride) {
      const tinyml_meeting x = columns[at];
      pixels = 1;
      for (int32_t next = at + stride; pixels < MAX_PIXELS && next < width; next += stride, pixels++) {
        if (columns[next].first != x.first || columns[next].count != x.count) break;
      }
      float *to = output + (int64_t)at * w->p->out_channels;
      if (pixels == MAX_PIXELS) {
        run_pixels(w, x, to, MAX_PIXELS);
      } else if (pixels >= 2) {
        pixels = 2;
        run_pixels(w, x, to, 2);
      } else {
        run_pixels(w, x, to, 1);
      }
    }
  }
}

static int64_t packed_bytes(const void *of) {
  return blocks_of(of) * block_size(of) * (int64_t)sizeof(float);
}

/* Memory in proportion. */
static int supports(const void *of) {
  return packed_bytes(of) <= INT32_MAX;
}

static int64_t scratch_bytes(const void *of) {
  const params *p = of;
  return p->out_w * (int64_t)sizeof(tinyml_meeting);
}

/* Zeros where no channel is. */
static void pack(const void *of, const void *const *constants, void *packed) {
  const params *p = of;
  const float *weights = constants[0], *bias = constants[1];
  const int64_t size = block_size(p), filter = size / TINYML_LANES - 1;
  memset(packed, 0, (size_t)packed_bytes(p));
  for (int32_t channel = 0; channel < p->out_channels; channel++) {
    float *to = (float *)packed + channel / TINYML_LANES * size + channel % TINYML_LANES;
    const float *from = weights + channel * filter;
    *to = bias[channel];
    for (int64_t k = 0; k < filter; k++) to[(k + 1) * TINYML_LANES] = from[k];
  }
}

static void run(const void *of, void *const *o, const void *packed, void *scratch) {
  const params *p = of;
  const float *bounds = o[3];
  float *output = o[4];
  tinyml_meeting *columns = scratch;
  for (int32_t ox = 0; ox < p->out_w; ox++) {
    columns[ox] = tinyml_meet(ox + p->pad_left, p->dilation_w, p->kernel_w, p->stride_w, p->in_w);
  }
  work w = {.p = p, .image = o[0], .packed = packed};
  w.lowest = tinyml_splat(bounds[0]);
  w.highest = tinyml_splat(bounds[1]);
  for (int32_t image = 0; image < p->batch; image++, w.image += (int64_t)p->in_h * p->in_w * p->in_channels) {
    for (int32_t row = 0; row < p->out_h; row++, output += (int64_t)p->out_w * p->out_channels) {
      w.y = tinyml_meet(row + p->pad_top, p->dilation_h, p->kernel_h, p->stride_h, p->in_h);
      run_row(&w, columns, output);
    }
  }
}

const tinyml_functions TINYML_FUNCTIONS(conv_transpose2d_f32) = {supports, packed_bytes, pack, scratch_bytes, run};
