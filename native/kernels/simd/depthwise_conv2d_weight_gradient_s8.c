/* The gradient of the weights of a depthwise convolution. WIDTH neighbouring outputs of TINYML_WORD rows are interleaved
 * into words, the input that each tap meets as well, and multiplied: each lane sums one channel, over rows and images.
 * Channels repeat after lcm(channels, WIDTH) outputs, so there are that many `patterns` of sums. */
#include "depthwise_image.h"
#include "sums.h"

typedef tinyml_conv2d_weight_gradient_s8_params params;

/* Kernel columns that are computed together: their sums fit the registers. */
enum { MAX_COLUMNS = TINYML_LANES == 16 ? 3 : 1 };

static tinyml_depthwise_conv2d_s8_params convolution_of(const params *p, int32_t zero_point) {
  return (tinyml_depthwise_conv2d_s8_params){
      .batch = p->batch,
      .in_h = p->in_h,
      .in_w = p->in_w,
      .in_channels = p->in_channels,
      .out_h = p->out_h,
      .out_w = p->out_w,
      .depth_multiplier = 1,
      .kernel_h = p->kernel_h,
      .kernel_w = p->kernel_w,
      .stride_h = p->stride_h,
      .stride_w = p->stride_w,
      .dilation_h = p->dilation_h,
      .dilation_w = p->dilation_w,
      .pad_top = p->pad_top,
      .pad_left = p->pad_left,
      .input_offset = -zero_point,
  };
}

/* How the gradient of a band lies: vectors of WIDTH elements per row, words of TINYML_WORD rows. */
typedef struct {
  ptrdiff_t row;     /* elements */
  ptrdiff_t vectors; /* per row */
  int32_t quads;     /* of rows in a band */
} gradient_layout;

static gradient_layout gradient_layout_of(const tinyml_depthwise_conv2d_s8_params *c, const layout *l, int32_t rows) {
  const ptrdiff_t row = (ptrdiff_t)c->out_w * l->channels;
  return (gradient_layout){row, (row + WIDTH - 1) / WIDTH, (rows + TINYML_WORD - 1) / TINYML_WORD};
}

/* Scratch: the image, words of the gradient of a band, rows that are made words of, sums of weights and of bias. */
typedef struct {
  tinyml_element *image, *words, *rows;
  ptrdiff_t *taps;
  int32_t *sums, *bias;
  int64_t bytes;
} places;

static places places_of(const tinyml_depthwise_conv2d_s8_params *c, const layout *l, void *scratch) {
  const gradient_layout g = gradient_layout_of(c, l, l->band);
  const int64_t element = (int64_t)sizeof(tinyml_element), sums = l->patterns * (int64_t)WIDTH * (int64_t)sizeof(int32_t);
  const int64_t words = tinyml_aligned(depthwise_scratch(c, l));
  const int64_t rows = words + tinyml_aligned((int64_t)g.quads * g.vectors * WIDTH * TINYML_WORD * element);
  const int64_t weights = rows + tinyml_aligned((int64_t)g.vectors * WIDTH * TINYML_WORD * element);
  const int64_t bias = weights + c->kernel_h * c->kernel_w * sums;
  places s = {.bytes = bias + sums};
  if (scratch == NULL) return s;
  int8_t *begin = scratch;
  s.image = scratch;
  s.taps = (ptrdiff_t *)(void *)(begin + image_bytes(c, l));
  s.words = (tinyml_element *)(void *)(begin + words);
  s.rows = (tinyml_element *)(void *)(begin + rows);
  s.sums = (int32_t *)(void *)(begin + weights);
  s.bias = (int32_t *)(void *)(begin + bias);
  return s;
}

static int64_t scratch_bytes(const void *of) {
  const tinyml_depthwise_conv2d_s8_params c = convolution_of(of, 0);
  const layout l = layout_of(&c);
  return places_of(&c, &l, NULL).bytes;
}

static int supports(const void *of) {
  return scratch_bytes(of) <= INT32_MAX;
}

/* Elements that are int8 themselves. */
static void copy_signed(tinyml_element *to, const int8_t *from, ptrdiff_t count) {
  if (sizeof(tinyml_element) == 1) {
    memcpy(to, from, (size_t)count);
  } else {
    tinyml_copy_elements(to, from, count, 0);
  }
}

TINYML_INLINE void store_words(tinyml_element *to, const tinyml_words words[PARTS]) {
  TINYML_UNROLL
  for (int32_t j = 0; j < PARTS; j++) memcpy(to + j * TINYML_LANES * TINYML_WORD, &words[j], sizeof(words[j]));
}

/* The gradient of `rows` output rows as words, with zeros where there is none; and its sums. */
static void interleave_gradient(const places *s, const layout *l, const gradient_layout *g, const int8_t *gradient,
                                int32_t rows) {
  const ptrdiff_t width = g->vectors * WIDTH;
  tinyml_element *to = s->words;
  for (int32_t quad = 0; quad < g->quads; quad++) {
    const tinyml_element *of[TINYML_WORD];
    for (int32_t j = 0; j < TINYML_WORD; j++) {
      tinyml_element *row = s->rows + j * width;
      const ptrdiff_t count = quad * TINYML_WORD + j < rows ? g->row : 0;
      if (count > 0) copy_signed(row, gradient + (quad * TINYML_WORD + j) * g->row, count);
      memset(row + count, 0, (size_t)(width - count) * sizeof(tinyml_element));
      of[j] = row;
    }
    for (ptrdiff_t v = 0; v < g->vectors; v++, to += WIDTH * TINYML_WORD) {
      int32_t *bias = s->bias + v % l->patterns * WIDTH;
      tinyml_words words[PARTS];
      tinyml_interleave(words, of, v * WIDTH);
      store_words(to, words);
      TINYML_UNROLL
      for (int32_t j = 0; j < PARTS; j++, bias += TINYML_LANES) {
        tinyml_store_sums(bias, tinyml_multiply_add(tinyml_load_sums(bias), tinyml_ones(), words[j]));
      }
    }
  }
}

/* What is the same for all taps of a kernel row in a band. */
typedef struct {
  const tinyml_element *image, *words; /* from the kernel row on, and of the gradient */
  ptrdiff_t row_step;                  /* in the image, from one output row to the next */
  const ptrdiff_t *taps;
  const gradient_layout *gradient;
  int32_t rows, patterns;
} work;

/* Adds the products of `columns` taps, of one pattern, to sums. */
TINYML_INLINE void add_taps(const work *w, int32_t *to, ptrdiff_t pattern, const ptrdiff_t *taps,
                            const int32_t columns) {
  tinyml_vec sums[MAX_COLUMNS][PARTS];
  ptrdiff_t at[MAX_COLUMNS];
  TINYML_UNROLL
  for (int32_t x = 0; x < columns; x++) {
    at[x] = taps[x];
    TINYML_UNROLL
    for (int32_t j = 0; j < PARTS; j++) sums[x][j] = tinyml_load_sums(to + x * WIDTH + j * TINYML_LANES);
  }
  for (int32_t quad = 0; quad < w->gradient->quads; quad++) {
    const tinyml_element *rows[TINYML_WORD];
    TINYML_UNROLL
    for (int32_t j = 0; j < TINYML_WORD; j++) {
      const int32_t row = quad * TINYML_WORD + j;
      rows[j] = w->image + (row < w->rows ? row : 0) * w->row_step;
    }
    const tinyml_element *words = w->words + (quad * w->gradient->vectors) * WIDTH * TINYML_WORD;
    for (ptrdiff_t v = pattern; v < w->gradient->vectors; v += w->patterns) {
      TINYML_UNROLL
      for (int32_t x = 0; x < columns; x++) {
        tinyml_words of[PARTS];
        tinyml_interleave(of, rows, v * WIDTH + at[x]);
        TINYML_UNROLL
        for (int32_t j = 0; j < PARTS; j++) {
          const tinyml_element *with = words + (v * PARTS + j) * TINYML_LANES * TINYML_WORD;
          sums[x][j] = tinyml_multiply_add(sums[x][j], of[j], tinyml_load_words(with));
        }
      }
    }
  }
  TINYML_UNROLL
  for (int32_t x = 0; x < columns; x++) {
    TINYML_UNROLL
    for (int32_t j = 0; j < PARTS; j++) tinyml_store_sums(to + x * WIDTH + j * TINYML_LANES, sums[x][j]);
  }
}

/* All products of a band. */
static void add_band(const places *s, const tinyml_depthwise_conv2d_s8_params *c, const layout *l,
                     const gradient_layout *g, int32_t rows) {
  for (int32_t y = 0; y < c->kernel_h; y++) {
    const work w = {.image = s->image + (int64_t)y * c->dilation_h * l->row_size,
                    .words = s->words,
                    .row_step = (ptrdiff_t)(c->stride_h * l->row_size),
                    .gradient = g,
                    .rows = rows,
                    .patterns = l->patterns};
    for (ptrdiff_t pattern = 0; pattern < l->patterns; pattern++) {
      int32_t *to = s->sums + (pattern * c->kernel_h + y) * c->kernel_w * WIDTH;
      int32_t x = 0;
      for (; x + MAX_COLUMNS <= c->kernel_w; x += MAX_COLUMNS) add_taps(&w, to + x * WIDTH, pattern, s->taps + x, MAX_COLUMNS);
      for (; x < c->kernel_w; x++) add_taps(&w, to + x * WIDTH, pattern, s->taps + x, 1);
    }
  }
}

/* Adds up the lanes of each channel. Sums over an image have padding * gradient too much. */
static void write_gradient(uint32_t *weights, uint32_t *bias, const places *s,
                           const tinyml_depthwise_conv2d_s8_params *c, const layout *l, int32_t padding) {
  const int32_t window = c->kernel_h * c->kernel_w;
  memset(weights, 0, (size_t)l->channels * (size_t)window * sizeof(int32_t));
  memset(bias, 0, (size_t)l->channels * sizeof(int32_t));
  for (int64_t pattern = 0; pattern < l->patterns; pattern++) {
    for (int32_t i = 0; i < WIDTH; i++) {
      const int64_t output = pattern * WIDTH + tinyml_output_index(i / TINYML_LANES, i % TINYML_LANES);
      const int64_t channel = output % l->channels;
      const uint32_t sum = (uint32_t)s->bias[pattern * WIDTH + i];
      bias[channel] += sum;
      for (int64_t tap = 0; tap < window; tap++) {
        const uint32_t product = (uint32_t)s->sums[(pattern * window + tap) * WIDTH + i];
        weights[channel * window + tap] += product - (uint32_t)padding * sum;
      }
    }
  }
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const tinyml_depthwise_conv2d_s8_params c = convolution_of(of, tinyml_zero_point(operands[1]));
  const layout l = layout_of(&c);
  const places s = places_of(&c, &l, scratch);
  const int8_t *input = operands[0], *gradient = operands[2];
  (void)packed;
  (void)rows_of(&c, &l, s.taps);
  memset(s.sums, 0, (size_t)l.patterns * (size_t)(c.kernel_h * c.kernel_w + 1) * WIDTH * sizeof(int32_t));
  for (int32_t n = 0; n < c.batch; n++, input += (int64_t)c.in_h * c.in_w * c.in_channels) {
    for (int32_t row = 0; row < c.out_h; row += l.band) {
      const int32_t rows = c.out_h - row < l.band ? c.out_h - row : l.band;
      const gradient_layout g = gradient_layout_of(&c, &l, rows);
      fill_image(s.image, &c, &l, input, row, rows);
      interleave_gradient(&s, &l, &g, gradient, rows);
      add_band(&s, &c, &l, &g, rows);
      gradient += rows * (int64_t)g.row;
    }
  }
  write_gradient(operands[3], operands[4], &s, &c, &l, tinyml_padding(c.input_offset));
}

const tinyml_functions TINYML_NAME(depthwise_conv2d_weight_gradient_s8) = {supports, NULL, NULL, scratch_bytes, run};
