/* Depthwise convolution on the input as it is: vectors of channels, and tiles of pixels of a row whose windows lie inside
 * the input; the pixels at the sides one by one. A tap in the padding reads zeros. */
#include "convolution.h"

typedef tinyml_depthwise_conv2d_f32_params params;

/* Pixels of a tile with many vectors of channels, and with one: enough chains to hide the latency of a multiply-add. */
enum { PIXELS = 4, PIXELS_OF_ONE = 8, VECTORS = TINYML_CHANNEL_VECTORS };

/* Most pixels of a tile of 3x3 windows with many vectors. */
enum { MOST_PIXELS = 6 };

static const float zeros[VECTORS * TINYML_LANES];

static int supports(const void *of) {
  const params *p = of;
  return p->depth_multiplier == 1;
}

/* One row of outputs. */
typedef struct {
  const params *p;
  const float *input, *weights, *bias;
  tinyml_vec lowest, highest;
  int32_t y; /* of the window, in the input */
  float *output;
  int64_t output_step; /* from one pixel to the next */
} row;

/* What a tile is made of; `whole`: its last vector of channels has all lanes. */
typedef struct {
  int32_t pixels, vectors;
  bool inside, whole; /* inside: no tap is left or right of the input */
  int32_t stride;     /* of kernels of 3x3 that are not dilated; 0: of any kernel */
} shape;

TINYML_INLINE tinyml_vec load(const float *from, int32_t v, int32_t count, const shape t) {
  return t.whole ? tinyml_load(from + v * TINYML_LANES) : tinyml_load_first(from + v * TINYML_LANES, count);
}

/* What a kernel row of a tile reads: `columns` pixels of which the first is number `first` of its line, from `line` on; pixels
 * outside of the line are zeros. */
typedef struct {
  const float *line;
  int64_t first, columns, step;
} window_row;

TINYML_INLINE const float *column_at(const window_row *w, int32_t column, const bool inside) {
  if (inside) return w->line + column * w->step;
  const int64_t at = w->first + column;
  return at >= 0 && at < w->columns ? w->line + at * w->step : zeros;
}

/* A kernel row of 3 taps, each column read once for all pixels that it is a tap of. */
TINYML_INLINE void three_taps(tinyml_vec *sums, const window_row *w, const float *weights, int64_t weight_step,
                              int32_t count, const shape t) {
  TINYML_UNROLL
  for (int32_t v = 0; v < t.vectors; v++) {
    const tinyml_vec taps[3] = {load(weights, v, count, t), load(weights + weight_step, v, count, t),
                                load(weights + 2 * weight_step, v, count, t)};
    TINYML_UNROLL
    for (int32_t column = 0; column < (t.pixels - 1) * t.stride + 3; column++) {
      const tinyml_vec x = load(column_at(w, column, t.inside), v, count, t);
      TINYML_UNROLL
      for (int32_t i = 0; i < t.pixels; i++) {
        const int32_t tap = column - i * t.stride;
        if (tap < 0 || tap >= 3) continue;
        sums[i * t.vectors + v] = tinyml_multiply_add(x, taps[tap], sums[i * t.vectors + v]);
      }
    }
  }
}

/* Outputs of the row from pixel x on, of channels from c on; `count`: lanes of the last vector. */
TINYML_INLINE void tile(const row *r, int32_t x, int32_t c, int32_t count, const shape t) {
  const params *p = r->p;
  const int64_t channels = p->in_channels;
  const int64_t x0 = (int64_t)x * p->stride_w - p->pad_left;
  const float *weights = r->weights + c;
  tinyml_vec sums[PIXELS_OF_ONE * VECTORS];
  TINYML_UNROLL
  for (int32_t v = 0; v < t.vectors; v++) {
    sums[v] = load(r->bias + c, v, count, t);
    TINYML_UNROLL
    for (int32_t i = 1; i < t.pixels; i++) sums[i * t.vectors + v] = sums[v];
  }
  const int32_t kernel_h = t.stride > 0 ? 3 : p->kernel_h;
  for (int32_t ky = 0; ky < kernel_h; ky++) {
    const int64_t y = r->y + (int64_t)ky * p->dilation_h;
    const bool in_rows = y >= 0 && y < p->in_h;
    const float *line = in_rows ? r->input + (y * p->in_w + (t.inside ? x0 : 0)) * channels + c : zeros;
    const int64_t step = in_rows ? channels : 0;
    if (t.stride > 0) {
      const window_row w = {line, x0, in_rows ? p->in_w : 0, step};
      three_taps(sums, &w, weights, channels, count, t);
      weights += 3 * channels;
      continue;
    }
    for (int32_t kx = 0; kx < p->kernel_w; kx++, weights += channels) {
      const int64_t column = x0 + (int64_t)kx * p->dilation_w;
      const float *from = t.inside ? line + kx * p->dilation_w * step
                          : !in_rows || column < 0 || column >= p->in_w ? zeros
                                                                        : line + column * channels;
      TINYML_UNROLL
      for (int32_t v = 0; v < t.vectors; v++) {
        const tinyml_vec weight = load(weights, v, count, t);
        TINYML_UNROLL
        for (int32_t i = 0; i < t.pixels; i++) {
          const tinyml_vec x = load(from + i * p->stride_w * step, v, count, t);
          sums[i * t.vectors + v] = tinyml_multiply_add(x, weight, sums[i * t.vectors + v]);
        }
      }
    }
  }
  TINYML_UNROLL
  for (int32_t i = 0; i < t.pixels; i++) {
    float *to = r->output + (x + i) * r->output_step + c;
    TINYML_UNROLL
    for (int32_t v = 0; v < t.vectors; v++) {
      const tinyml_vec y = tinyml_bound(sums[i * t.vectors + v], r->lowest, r->highest);
      if (t.whole) {
        tinyml_store(to + v * TINYML_LANES, y);
      } else {
        tinyml_store_first(to + v * TINYML_LANES, y, count);
      }
    }
  }
}

/* Pixels [x, end) one by one, whatever their windows. */
TINYML_INLINE void run_pixels(const row *r, int32_t x, int32_t end, int32_t c, const int32_t vectors,
                              const bool whole) {
  const shape one = {1, vectors, false, whole, 0};
  for (; x < end; x++) tile(r, x, c, r->p->in_channels - c, one);
}

#define DEFINE_RUN_PIXELS(name, vectors, whole)                                                                  \
  static __attribute__((noinline)) void run_pixels_##name(const row *r, int32_t x, int32_t end, int32_t c) { \
    run_pixels(r, x, end, c, vectors, whole);                                                                    \
  }
DEFINE_RUN_PIXELS(many, VECTORS, true)
DEFINE_RUN_PIXELS(two, 2, true)
DEFINE_RUN_PIXELS(one, 1, true)
DEFINE_RUN_PIXELS(part, 1, false)

/* Some vectors of channels of all pixels of a row, of which those in [first, end) have windows inside the input; there
 * tiles may overlap. */
TINYML_INLINE void run_vectors(const row *r, int32_t first, int32_t end, int32_t c, const int32_t vectors,
                               const bool whole, const int32_t stride,
                               void (*const pixels)(const row *, int32_t, int32_t, int32_t)) {
  const int32_t most = vectors == 1 ? PIXELS_OF_ONE : PIXELS;
  const shape many = {most, vectors, true, whole, stride};
  const bool tiled = end - first >= most;
  pixels(r, 0, tiled ? first : r->p->out_w, c);
  if (!tiled) return;
  for (int32_t x = first; x < end; x += most) {
    tile(r, x < end - most ? x : end - most, c, r->p->in_channels - c, many);
  }
  pixels(r, end, r->p->out_w, c);
}

/* Many vectors of channels of all pixels of a row, for windows of 3x3. Tiles may overlap. */
TINYML_INLINE void run_tiles(const row *r, int32_t first, int32_t end, int32_t c, const int32_t pixels,
                             const int32_t stride) {
  const shape inside = {pixels, VECTORS, true, true, stride}, beside = {pixels, VECTORS, false, true, stride};
  const int32_t width = r->p->out_w;
  for (int32_t next = 0; next < width; next += pixels) {
    const int32_t x = next < width - pixels ? next : width - pixels;
    if (x >= first && x + pixels <= end) {
      tile(r, x, c, VECTORS * TINYML_LANES, inside);
    } else {
      tile(r, x, c, VECTORS * TINYML_LANES, beside);
    }
  }
}

typedef void tiles_function(const row *, int32_t, int32_t, int32_t);
#define DEFINE_TILES(pixels, stride)                                                                       \
  static void run_tiles_##pixels##_##stride(const row *r, int32_t first, int32_t end, int32_t c) { \
    run_tiles(r, first, end, c, pixels, stride);                                                           \
  }
#define EACH_TILES(stride, OF) OF(2, stride) OF(3, stride) OF(4, stride) OF(5, stride) OF(6, stride)
EACH_TILES(1, DEFINE_TILES)
EACH_TILES(2, DEFINE_TILES)

#define TILES_ENTRY(pixels, stride) [stride][pixels] = run_tiles_##pixels##_##stride,
static tiles_function *const tiles_functions[3][MOST_PIXELS + 1] = {EACH_TILES(1, TILES_ENTRY) EACH_TILES(2, TILES_ENTRY)};

/* As few tiles as can be, and those of as few pixels as that allows. */
static tiles_function *tiles_of(int32_t width, int32_t stride) {
  const int32_t tiles = (width + MOST_PIXELS - 1) / MOST_PIXELS;
  return tiles_functions[stride][(width + tiles - 1) / tiles];
}

TINYML_INLINE void run_row(const row *r, int32_t first, int32_t end, const int32_t stride) {
  const int32_t channels = r->p->in_channels;
  tiles_function *const many = tiles_of(r->p->out_w, stride);
  int32_t c = 0;
  for (; c <= channels - VECTORS * TINYML_LANES; c += VECTORS * TINYML_LANES) {
    if (many != NULL) {
      many(r, first, end, c);
    } else {
      run_vectors(r, first, end, c, VECTORS, true, stride, run_pixels_many);
    }
  }
  if (VECTORS > 2 && c <= channels - 2 * TINYML_LANES) {
    run_vectors(r, first, end, c, 2, true, stride, run_pixels_two);
    c += 2 * TINYML_LANES;
  }
  for (; c <= channels - TINYML_LANES; c += TINYML_LANES) {
    run_vectors(r, first, end, c, 1, true, stride, run_pixels_one);
  }
  if (c < channels) run_vectors(r, first, end, c, 1, false, stride, run_pixels_part);
}

static void run_row_any(const row *r, int32_t first, int32_t end) {
  run_row(r, first, end, 0);
}

static void run_row_1(const row *r, int32_t first, int32_t end) {
  run_row(r, first, end, 1);
}

static void run_row_2(const row *r, int32_t first, int32_t end) {
  run_row(r, first, end, 2);
}

void TINYML_FUNCTIONS(convolve_channels_f32)(const params *p, const float *input, const float *weights,
                                             const float *bias, const float *bounds, float *output,
                                             tinyml_output_steps steps) {
  row r = {p, input, weights, bias, tinyml_splat(bounds[0]), tinyml_splat(bounds[1]), 0, output, steps.pixel};
  const int64_t span = (int64_t)(p->kernel_w - 1) * p->dilation_w, last = (int64_t)p->in_w - 1 - span + p->pad_left;
  const int32_t first_inside = p->pad_left < 0 ? 0 : (p->pad_left + p->stride_w - 1) / p->stride_w;
  const int64_t end_inside = last < 0 ? 0 : last / p->stride_w + 1;
  const int32_t first = first_inside < p->out_w ? first_inside : p->out_w;
  const int32_t end = end_inside < first ? first : end_inside < p->out_w ? (int32_t)end_inside : p->out_w;
  const bool three = p->kernel_h == 3 && p->kernel_w == 3 && p->dilation_h == 1 && p->dilation_w == 1;
  void (*const run_one)(const row *, int32_t, int32_t) = three && p->stride_w == 1   ? run_row_1
                                                         : three && p->stride_w == 2 ? run_row_2
                                                                                     : run_row_any;
  for (int32_t image = 0; image < p->batch; image++, r.input += (int64_t)p->in_h * p->in_w * p->in_channels) {
    for (int32_t y = 0; y < p->out_h; y++) {
      r.y = y * p->stride_h - p->pad_top;
      r.output = output + image * steps.image + y * steps.row;
      run_one(&r, first, end);
    }
  }
}

static void run(const void *of, void *const *o, const void *packed, void *scratch) {
  const params p = *(const params *)of;
  const int64_t line = (int64_t)p.out_w * p.in_channels;
  const tinyml_output_steps steps = {p.in_channels, line, p.out_h * line};
  (void)packed;
  (void)scratch;
  TINYML_FUNCTIONS(convolve_channels_f32)(&p, o[0], o[1], o[2], o[3], o[4], steps);
}

const tinyml_functions TINYML_FUNCTIONS(depthwise_conv2d_f32) = {supports, NULL, NULL, NULL, run};
