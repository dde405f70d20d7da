/* A product of matrices, gradient and windows, over the pixels of the output. A tile is some vectors of one factor times
 * some floats of the other, all sums in registers over the pixels of a band; between bands they rest in the scratch. */
#include "band.h"
#include "products.h"
#include "weight_gradient_depthwise.h"

typedef tinyml_conv2d_f32_params params;

/* A band is as many output rows as read this many bytes, and have no more pixels than this, at least one: while the
 * chains of the bias wait for their own sums, the processor begins with the tiles of a band as short as that. */
enum { BAND_BYTES = 64 << 10, BAND_PIXELS = 128 };

enum { MAX_BLOCKS = 8, MAX_PIXELS = 16 };

/* One factor: the floats that a pixel of the output multiplies lie in runs. */
typedef struct {
  int64_t pixel, row; /* from one pixel of the output to the next, and row */
  int32_t rows, columns, run;
  int64_t row_step, column_step; /* from one run to the next */
} factor;

typedef struct {
  factor window, gradient;
  bool across_window; /* vectors are of windows, not of the gradient */
  bool copies_input, copies_gradient;
  int32_t columns, band;       /* pixels per row of the input as it is read; output rows */
  int32_t vectors, splats;     /* of all runs */
  int64_t image, gradient_copy, sums; /* bytes */
} layout;

static int32_t divide_up(int32_t a, int32_t b) {
  return (a + b - 1) / b;
}

static int32_t length(const factor *f) {
  return f->rows * f->columns * f->run;
}

static int32_t vectors_of(const factor *f) {
  return f->rows * f->columns * divide_up(f->run, TINYML_LANES);
}

/* Vectors may go beyond a copy of what they read. */
static int64_t copy_bytes(int64_t floats) {
  return whole_lines((floats + TINYML_LANES) * (int64_t)sizeof(float));
}

static layout layout_of(const params *p) {
  layout l;
  const int32_t in = p->in_channels / p->groups, out = p->out_channels / p->groups;
  const bool whole_rows = p->dilation_w == 1, inside = reads_inside(p) && p->groups == 1;
  l.window = (factor){0, 0, p->kernel_h, whole_rows ? 1 : p->kernel_w, whole_rows ? p->kernel_w * in : in, 0, 0};
  l.gradient = (factor){p->out_channels, (int64_t)p->out_w * p->out_channels, 1, 1, out, 0, 0};
  const int64_t across_window = (int64_t)vectors_of(&l.window) * out;
  l.across_window = across_window <= (int64_t)vectors_of(&l.gradient) * length(&l.window);
  l.copies_input = !inside || (l.across_window && l.window.run % TINYML_LANES != 0);
  l.copies_gradient = !l.across_window && out % TINYML_LANES != 0;
  l.columns = l.copies_input ? (int32_t)image_columns(p) : p->in_w;
  const int64_t row_size = (int64_t)l.columns * in;
  l.window.pixel = (int64_t)p->stride_w * in;
  l.window.row = p->stride_h * row_size;
  l.window.row_step = p->dilation_h * row_size;
  l.window.column_step = (int64_t)p->dilation_w * in;
  const int64_t bytes_of_row = (l.window.row + l.gradient.row) * (int64_t)sizeof(float);
  const int64_t most = BAND_BYTES / bytes_of_row, rows = BAND_PIXELS / p->out_w, band = rows < most ? rows : most;
  l.band = band < 1 ? 1 : band > p->out_h ? p->out_h : (int32_t)band;
  l.vectors = vectors_of(l.across_window ? &l.window : &l.gradient);
  l.splats = length(l.across_window ? &l.gradient : &l.window);
  l.image = l.copies_input ? copy_bytes(image_rows(p, l.band) * row_size) : 0;
  l.gradient_copy = l.copies_gradient ? copy_bytes(l.band * l.gradient.row) : 0;
  l.sums = (int64_t)l.vectors * l.splats * TINYML_LANES * (int64_t)sizeof(float);
  return l;
}

/* What is the same for all tiles of a band. */
typedef struct {
  int64_t vector_pixel, vector_row, splat_pixel, splat_row;
  int64_t splat_run; /* from one run of the splats to the next */
  int32_t rows, width; /* pixels */
  int64_t sums_step;   /* from one vector to the next */
  bool begins;
} work;

/* The splats lie in some runs. */
TINYML_INLINE void tile(const work *w, const float *vectors, const float *splats, float *sums, const int32_t blocks,
                        const int32_t count, const int32_t runs) {
  const int32_t run = count / runs;
  tinyml_vec chains[MAX_PIXELS * 2];
  TINYML_UNROLL
  for (int32_t i = 0; i < count; i++) {
    TINYML_UNROLL
    for (int32_t n = 0; n < blocks; n++) {
      const float *from = sums + n * w->sums_step + i * TINYML_LANES;
      chains[i * blocks + n] = w->begins ? tinyml_splat(0.0f) : tinyml_load(from);
    }
  }
  for (int32_t row = 0; row < w->rows; row++) {
    const float *a = vectors + row * w->vector_row, *b = splats + row * w->splat_row;
    for (int32_t x = w->width; x > 0; x--, a += w->vector_pixel, b += w->splat_pixel) {
      tinyml_vec v[MAX_BLOCKS];
      TINYML_UNROLL
      for (int32_t n = 0; n < blocks; n++) v[n] = tinyml_load(a + n * TINYML_LANES);
      TINYML_UNROLL
      for (int32_t i = 0; i < count; i++) {
        const tinyml_vec s = tinyml_splat(b[i / run * w->splat_run + i % run]);
        TINYML_UNROLL
        for (int32_t n = 0; n < blocks; n++) {
          chains[i * blocks + n] = tinyml_multiply_add(s, v[n], chains[i * blocks + n]);
        }
      }
    }
  }
  TINYML_UNROLL
  for (int32_t i = 0; i < count; i++) {
    TINYML_UNROLL
    for (int32_t n = 0; n < blocks; n++) tinyml_store(sums + n * w->sums_step + i * TINYML_LANES, chains[i * blocks + n]);
  }
}

#define DEFINE_TILE(blocks, count)                                                                                    \
  static __attribute__((noinline)) void tile_##blocks##x##count(const work *w, const float *v, const float *s, float *sums) { \
    tile(w, v, s, sums, blocks, count, 1);                                                                            \
  }
TINYML_TILES(DEFINE_TILE)

typedef void (*const tile_function)(const work *, const float *, const float *, float *);
#define TILE_ENTRY(blocks, count) [blocks][count] = tile_##blocks##x##count,
static tile_function tiles[MAX_BLOCKS + 1][MAX_PIXELS + 1] = {TINYML_TILES(TILE_ENTRY)};

/* Windows of 3x3 in images of one channel. */
enum { THREE_RUNS = 9 };

static __attribute__((noinline)) void tile_three_runs(const work *w, const float *v, const float *s, float *sums) {
  tile(w, v, s, sums, 1, THREE_RUNS, 3);
}

static int32_t most_splats(int32_t blocks) {
  int32_t splats = MAX_PIXELS;
  while (tiles[blocks][splats] == NULL) splats--;
  return splats;
}

/* As few vectors as give enough chains with runs of `splats` floats. */
static int32_t panel_of(int32_t splats) {
  int32_t blocks = TINYML_PANEL;
  for (; blocks < MAX_BLOCKS; blocks *= 2) {
    const int32_t most = most_splats(blocks);
    if (blocks * (splats < most ? splats : most) >= TINYML_CHAINS_NEEDED) break;
  }
  return blocks;
}

/* Some vectors of a run times all floats of the other factor. */
static void run_vectors(const work *w, int32_t blocks, const float *vectors, const factor *with, const float *splats,
                        float *sums) {
  if (blocks == 1 && most_splats(1) >= THREE_RUNS && with->rows == 3 && with->columns == 1 && with->run == 3) {
    tile_three_runs(w, vectors, splats, sums);
    return;
  }
  const int32_t size = divide_up(with->run, divide_up(with->run, most_splats(blocks)));
  for (int32_t row = 0; row < with->rows; row++) {
    for (int32_t column = 0; column < with->columns; column++) {
      const float *from = splats + row * with->row_step + column * with->column_step;
      for (int32_t i = 0; i < with->run; i += size) {
        const int32_t count = with->run - i < size ? with->run - i : size;
        tiles[blocks][count](w, vectors, from + i, sums);
        sums += count * TINYML_LANES;
      }
    }
  }
}

/* All products of a band. */
static void run_band(const work *w, const factor *of, const float *vectors, const factor *with, const float *splats,
                     float *sums) {
  const int32_t in_run = divide_up(of->run, TINYML_LANES), panel = panel_of(with->run);
  for (int32_t row = 0; row < of->rows; row++) {
    for (int32_t column = 0; column < of->columns; column++) {
      const float *from = vectors + row * of->row_step + column * of->column_step;
      for (int32_t block = 0, blocks; block < in_run; block += blocks) {
        for (blocks = panel; blocks > in_run - block;) blocks /= 2;
        run_vectors(w, blocks, from + block * TINYML_LANES, with, splats, sums);
        sums += blocks * w->sums_step;
      }
    }
  }
}

/* Adds some pixels of the gradient to its sums, as many vectors of channels as there are registers for at a time. */
TINYML_INLINE void add_pixels(float *sums, const float *gradient, int32_t channels, int64_t pixels, int32_t count,
                              const int32_t vectors, const bool whole) {
  tinyml_vec chains[4];
  TINYML_UNROLL
  for (int32_t v = 0; v < vectors; v++) {
    float *from = sums + v * TINYML_LANES;
    chains[v] = whole ? tinyml_load(from) : tinyml_load_first(from, count);
  }
  for (int64_t i = 0; i < pixels; i++, gradient += channels) {
    TINYML_UNROLL
    for (int32_t v = 0; v < vectors; v++) {
      const float *from = gradient + v * TINYML_LANES;
      chains[v] = tinyml_add(chains[v], whole ? tinyml_load(from) : tinyml_load_first(from, count));
    }
  }
  TINYML_UNROLL
  for (int32_t v = 0; v < vectors; v++) tinyml_store_first(sums + v * TINYML_LANES, chains[v], count);
}

static void add_gradient(float *sums, const float *gradient, int32_t channels, int64_t pixels) {
  int32_t c = 0;
  for (; c + 4 * TINYML_LANES <= channels; c += 4 * TINYML_LANES) {
    add_pixels(sums + c, gradient + c, channels, pixels, TINYML_LANES, 4, true);
  }
  if (c + 2 * TINYML_LANES <= channels) {
    add_pixels(sums + c, gradient + c, channels, pixels, TINYML_LANES, 2, true);
    c += 2 * TINYML_LANES;
  }
  if (c + TINYML_LANES <= channels) {
    add_pixels(sums + c, gradient + c, channels, pixels, TINYML_LANES, 1, true);
    c += TINYML_LANES;
  }
  if (c < channels) add_pixels(sums + c, gradient + c, channels, pixels, channels - c, 1, false);
}

/* Sums to [out_channels][kernel_h][kernel_w][in_channels]. */
static void store_sums(const layout *l, const float *sums, float *output) {
  const factor *window = &l->window;
  const int32_t filter = length(window), channels = l->gradient.run;
  const int32_t run = l->across_window ? window->run : channels, in_run = divide_up(run, TINYML_LANES);
  for (int32_t v = 0; v < l->vectors; v++) {
    const int32_t block = v % in_run * TINYML_LANES, lanes = run - block < TINYML_LANES ? run - block : TINYML_LANES;
    if (l->across_window) {
      float *to = output + v / in_run * run + block;
      for (int32_t c = 0; c < channels; c++, to += filter, sums += TINYML_LANES) {
        tinyml_store_first(to, tinyml_load(sums), lanes);
      }
    } else {
      float *to = output + (int64_t)block * filter;
      for (int32_t i = 0; i < filter; i++, sums += TINYML_LANES) {
        for (int32_t lane = 0; lane < lanes; lane++) to[lane * filter + i] = sums[lane];
      }
    }
  }
}

static int supports(const void *of) {
  const params p = tinyml_flattened(of);
  if (tinyml_is_depthwise(&p)) return !too_narrow(&p) && depthwise_scratch(&p) <= INT32_MAX;
  const layout l = layout_of(&p);
  return l.image + l.gradient_copy + l.sums <= INT32_MAX;
}

static int64_t scratch_bytes(const void *of) {
  const params p = tinyml_flattened(of);
  if (tinyml_is_depthwise(&p)) return depthwise_scratch(&p);
  const layout l = layout_of(&p);
  return l.image + l.gradient_copy + l.sums;
}

/* The channels of one group; bias NULL: only the weights. */
static void run_group(const params *p, int32_t group, const float *input, const float *gradient, float *output,
                      float *bias, float *scratch) {
  const layout l = layout_of(p);
  float *image = scratch, *copy = image + l.image / (int64_t)sizeof(float);
  float *sums = copy + l.gradient_copy / (int64_t)sizeof(float);
  const factor *of = l.across_window ? &l.window : &l.gradient, *with = l.across_window ? &l.gradient : &l.window;
  const bool line = l.window.row == p->out_w * l.window.pixel;
  const int32_t first = group * l.gradient.run;
  work w = {of->pixel, of->row, with->pixel, with->row, with->row_step, 0, 0, (int64_t)l.splats * TINYML_LANES, true};
  for (int32_t n = 0; n < p->batch; n++) {
    const float *from = input + (int64_t)n * p->in_h * p->in_w * p->in_channels + group * (p->in_channels / p->groups);
    for (int32_t row = 0; row < p->out_h; row += l.band, w.begins = false) {
      const int32_t rows = p->out_h - row < l.band ? p->out_h - row : l.band;
      const float *windows = from + row * l.window.row, *factors = gradient + first;
      if (l.copies_input) {
        fill_image(image, p, l.columns, from, row, rows);
        windows = image;
      }
      if (l.copies_gradient) {
        memcpy(copy, gradient, (size_t)(rows * l.gradient.row) * sizeof(float));
        factors = copy + first;
      }
      w.rows = line ? 1 : rows;
      w.width = line ? rows * p->out_w : p->out_w;
      run_band(&w, of, l.across_window ? windows : factors, with, l.across_window ? factors : windows, sums);
      if (bias != NULL) add_gradient(bias, gradient, p->out_channels, (int64_t)rows * p->out_w);
      gradient += rows * l.gradient.row;
    }
  }
  store_sums(&l, sums, output + (int64_t)first * length(&l.window));
}

static void run(const void *of, void *const *o, const void *packed, void *scratch) {
  const params p = tinyml_flattened(of);
  (void)packed;
  if (tinyml_is_depthwise(&p)) {
    run_depthwise(&p, o[0], o[1], o[2], o[3], scratch);
    return;
  }
  memset(o[3], 0, (size_t)p.out_channels * sizeof(float));
  for (int32_t group = 0; group < p.groups; group++) {
    run_group(&p, group, o[0], o[1], o[2], group == 0 ? o[3] : NULL, scratch);
  }
}

const tinyml_functions TINYML_FUNCTIONS(conv2d_weight_gradient_f32) = {supports, NULL, NULL, scratch_bytes, run};
