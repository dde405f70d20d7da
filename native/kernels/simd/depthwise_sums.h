/* Sums of depthwise convolutions in int32, with weights that are packed for every run: forward and backward. */
#include "depthwise_weights.h"
#include "sums.h"

typedef int32_t depthwise_output;

typedef struct {
  depthwise_rows rows;
  const int32_t *starts, *start; /* of all patterns, and of one: WIDTH each */
} work;

static void begin_pattern(work *w, int32_t pattern) {
  w->start = w->starts + (int64_t)pattern * WIDTH;
}

TINYML_INLINE void start_sums(const work *w, tinyml_vec sums[MAX_SHARE][PARTS], const int32_t share) {
  TINYML_UNROLL
  for (int32_t j = 0; j < share * PARTS; j++) {
    sums[j / PARTS][j % PARTS] = tinyml_load_sums(w->start + j % PARTS * TINYML_LANES);
  }
}

TINYML_INLINE void end_sums(const tinyml_vec sums[PARTS], const work *w, const work *same, int32_t *to,
                            ptrdiff_t count) {
  (void)w;
  (void)same;
  if (count >= WIDTH) {
    tinyml_store_parts(to, sums);
  } else {
    int32_t copy[WIDTH];
    tinyml_store_parts(copy, sums);
    memcpy(to, copy, (size_t)count * sizeof(int32_t));
  }
}

#include "depthwise_rows.h"

/* Scratch: the image, what sums start from, and packed weights. */
static int64_t starts_bytes(const layout *l) {
  return l->patterns * (int64_t)WIDTH * (int64_t)sizeof(int32_t);
}

static int64_t weights_bytes(const layout *l) {
  return l->patterns * l->share * l->weights_size * (int64_t)sizeof(tinyml_element);
}

static int64_t depthwise_sums_scratch(const tinyml_depthwise_conv2d_s8_params *p) {
  const layout l = layout_of(p);
  return tinyml_aligned(depthwise_scratch(p, &l)) + starts_bytes(&l) + weights_bytes(&l);
}

/* Sums over an image lack -padding * weight for every weight, those of a pattern's first output row. */
static void pack_start(int32_t *start, const tinyml_element *weights, const layout *l, int32_t kernel_w,
                       int32_t padding) {
  for (int32_t part = 0; part < PARTS; part++) {
    tinyml_vec sum = tinyml_zero();
    for (int32_t word = 0; word < l->layers * kernel_w; word++) {
      const tinyml_element *words = weights + ((int64_t)word * PARTS + part) * TINYML_LANES * TINYML_WORD;
      sum = tinyml_multiply_add(sum, tinyml_ones(), tinyml_load_words(words));
    }
    tinyml_store_sums(start + part * TINYML_LANES, sum);
  }
  for (int32_t i = 0; i < WIDTH; i++) start[i] = (int32_t)((uint32_t)start[i] * (uint32_t)-padding);
}

/* Fills the image where the pixels of the input lie some steps apart, with zeros between. */
static void fill_apart(tinyml_element *image, const tinyml_depthwise_conv2d_s8_params *p, const layout *l,
                       const int8_t *input, int32_t apart_h, int32_t apart_w, int32_t first, int32_t rows) {
  const int32_t offset = tinyml_image_offset(p->input_offset), padding = tinyml_padding(p->input_offset);
  const int64_t pixels = (p->in_w - 1) / apart_w + 1, lines = image_rows(p, rows);
  for (int64_t line = 0; line < lines; line++, image += l->row_size) {
    const int64_t y = first + line - p->pad_top;
    tinyml_pad(image, l->row_size, padding);
    if (y < 0 || y >= p->in_h || y % apart_h != 0) continue;
    const int8_t *row = input + y / apart_h * pixels * l->channels;
    for (int64_t i = 0; i < pixels; i++) {
      const int64_t column = i * apart_w + p->pad_left;
      if (column < 0 || column >= l->columns) continue;
      tinyml_copy_elements(image + column * l->channels, row + i * l->channels, l->channels, offset);
    }
  }
}

/* Convolves all images with stride 1 or pixels next to each other. Paddings may be negative. */
static void depthwise_sums(const tinyml_depthwise_conv2d_s8_params *p, const int8_t *input, int32_t apart_h,
                           int32_t apart_w, const int8_t *filters, const depthwise_filters *f, int32_t *output,
                           void *scratch) {
  const layout l = layout_of(p);
  ptrdiff_t *taps = (ptrdiff_t *)(void *)((int8_t *)scratch + image_bytes(p, &l));
  int32_t *starts = (int32_t *)(void *)((int8_t *)scratch + tinyml_aligned(depthwise_scratch(p, &l)));
  tinyml_element *weights = (tinyml_element *)(void *)((int8_t *)starts + starts_bytes(&l));
  work w = {.rows = rows_of(p, &l, taps), .starts = starts};
  memset(weights, 0, (size_t)weights_bytes(&l));
  pack_patterns(weights, filters, f, p, &l);
  for (int32_t pattern = 0; pattern < l.patterns; pattern++) {
    pack_start(starts + (int64_t)pattern * WIDTH, weights + pattern * (l.share * l.weights_size), &l, p->kernel_w,
               tinyml_padding(p->input_offset));
  }
  const int64_t image = (int64_t)((p->in_h - 1) / apart_h + 1) * ((p->in_w - 1) / apart_w + 1) * p->in_channels;
  for (int32_t n = 0; n < p->batch; n++, input += image) {
    for (int32_t row = 0; row < p->out_h; row += l.band) {
      const int32_t rows = p->out_h - row < l.band ? p->out_h - row : l.band;
      if (apart_h == 1 && apart_w == 1) {
        fill_image(scratch, p, &l, input, row, rows);
      } else {
        fill_apart(scratch, p, &l, input, apart_h, apart_w, row, rows);
      }
      run_band(&w, &l, weights, scratch, rows, output);
      output += rows * (int64_t)w.rows.output_step;
    }
  }
}
