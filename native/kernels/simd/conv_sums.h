/* Sums of convolutions in int32, with weights that are packed for every run: convolutions forward, and the phases of
 * those backward. Tiles are those of conv2d_s8.h. */
#include "conv_image.h"
#include "sums.h"
#include "weights_as_bytes.h"
#include "zip.h"

/* What is the same for all tiles of some blocks. */
typedef struct {
  tiles tiles;
  const int32_t *start; /* TINYML_LANES per block */
  tinyml_part last;     /* channels of the last block */
} work;

TINYML_INLINE void start_sums(const work *w, const place *at, const int32_t blocks, const int32_t pixels,
                              tinyml_vec *sums) {
  (void)at;
  TINYML_UNROLL
  for (int32_t i = 0; i < 2 * pixels; i++) {
    TINYML_UNROLL
    for (int32_t n = 0; n < blocks; n++) sums[i * blocks + n] = tinyml_load_sums(w->start + n * TINYML_LANES);
  }
}

TINYML_INLINE void end_sums(const work *same, const place *at, const int32_t blocks, const int32_t pixels,
                            const bool apart, const tinyml_vec *sums) {
  (void)apart;
  const work own = *same, *w = &own;
  TINYML_UNROLL
  for (int32_t row = 0; row < 2; row++) {
    int8_t *to = at->output[row];
    TINYML_UNROLL
    for (int32_t i = 0; i < pixels; i++, to += w->tiles.output_step) {
      int32_t *pixel = (int32_t *)(void *)to;
      const tinyml_vec *of = sums + (row * pixels + i) * blocks;
      TINYML_UNROLL
      for (int32_t n = 0; n < blocks - 1; n++) tinyml_store_sums(pixel + n * TINYML_LANES, of[n]);
      tinyml_store_some_sums(pixel + (blocks - 1) * TINYML_LANES, of[blocks - 1], w->last);
    }
  }
}

#include "conv_tiles.h"

/* Where the weights of a convolution lie: the first, and the way from one output channel, kernel row, column, input
 * channel (those of a group) and group to the next. One of `lane` and `element` is 1. */
typedef struct {
  int64_t first, lane, row, column, element, group;
} filters;

/* Where its sums go; the channels of a pixel lie side by side. */
typedef struct {
  int64_t first, pixel, row, image;
} target;

static int64_t start_bytes(const tinyml_conv2d_s8_params *c, const layout *l) {
  return tinyml_aligned((int64_t)c->groups * l->blocks * TINYML_LANES * (int64_t)sizeof(int32_t));
}

/* Images that lie one below another are one image if no window meets two. */
static tinyml_conv2d_s8_params stacked(tinyml_conv2d_s8_params c, const target *to) {
  if (c.kernel_h > 1 || c.pad_top != 0 || c.in_h != c.out_h * c.stride_h || to->image != c.out_h * to->row) return c;
  c.in_h *= c.batch;
  c.out_h *= c.batch;
  c.batch = 1;
  return c;
}

/* Scratch: the image, what sums start from, and packed weights. */
static int64_t convolve_scratch(const tinyml_conv2d_s8_params *of, const target *to) {
  const tinyml_conv2d_s8_params stack = stacked(*of, to), *c = &stack;
  const layout l = layout_of(c);
  return tinyml_aligned(image_bytes(c, &l)) + start_bytes(c, &l) + (int64_t)c->groups * l.blocks * l.words * WEIGHTS;
}

/* Packs `elements` of each of `lanes` channels that begin at element `first` of a run. */
static void pack_elements(int8_t *run, int32_t first, const int8_t *from, const filters *f, int32_t elements,
                          int32_t lanes) {
  int32_t i = 0;
  if (f->element == 1) {
    if (tinyml_weight_index(1, 0) == TINYML_WORD && first % TINYML_WORD == 0) {
      for (; i + TINYML_WORD <= elements; i += TINYML_WORD) {
        int8_t *to = run + (int64_t)(first + i) * TINYML_LANES;
        for (int32_t lane = 0; lane < lanes; lane++) memcpy(to + lane * TINYML_WORD, from + lane * f->lane + i, TINYML_WORD);
      }
    }
    for (int32_t lane = 0; lane < lanes; lane++) {
      for (int32_t j = i; j < elements; j++) {
        const int32_t at = first + j;
        run[(int64_t)(at / TINYML_WORD) * WEIGHTS + tinyml_weight_index(lane, at % TINYML_WORD)] = from[lane * f->lane + j];
      }
    }
    return;
  }
  if (lanes == TINYML_LANES && first % TINYML_WORD == 0) {
    for (; i + TINYML_WORD <= elements; i += TINYML_WORD) {
      tinyml_pack_word(run + (int64_t)(first + i) * TINYML_LANES, from + i * f->element, (ptrdiff_t)f->element);
    }
  }
  for (; i < elements; i++) {
    const int32_t at = first + i;
    int8_t *to = run + (int64_t)(at / TINYML_WORD) * WEIGHTS;
    for (int32_t lane = 0; lane < lanes; lane++) to[tinyml_weight_index(lane, at % TINYML_WORD)] = from[i * f->element + lane];
  }
}

/* Packs one block of weights of `lanes` channels: [word][TINYML_LANES * TINYML_WORD]. */
static void pack_block(int8_t *to, const int8_t *from, const filters *f, const tinyml_conv2d_s8_params *c,
                       const layout *l, int32_t lanes) {
  const int64_t run_bytes = (int64_t)l->runs.words * WEIGHTS;
  const bool whole = l->runs.columns == 1 && f->column == l->group_in * f->element; /* a run lies as a run */
  memset(to, 0, (size_t)(l->words * WEIGHTS));
  for (int32_t row = 0; row < c->kernel_h; row++, from += f->row) {
    if (whole) {
      pack_elements(to + row * run_bytes, 0, from, f, l->run_size, lanes);
      continue;
    }
    for (int32_t column = 0; column < c->kernel_w; column++) {
      const int32_t run = l->runs.columns == 1 ? row : row * l->runs.columns + column;
      const int32_t first = l->runs.columns == 1 ? column * l->group_in : 0;
      pack_elements(to + run * run_bytes, first, from + column * f->column, f, l->group_in, lanes);
    }
  }
}

/* All blocks of all groups, and what their sums start from. */
static void pack_filters(int8_t *to, int32_t *start, const int8_t *weights, const filters *f,
                         const tinyml_conv2d_s8_params *c, const layout *l) {
  for (int32_t group = 0; group < c->groups; group++) {
    for (int32_t block = 0; block < l->blocks; block++) {
      const int32_t left = l->group_out - block * TINYML_LANES;
      const int8_t *from = weights + f->first + group * f->group + block * TINYML_LANES * f->lane;
      pack_block(to, from, f, c, l, left < TINYML_LANES ? left : TINYML_LANES);
      tinyml_start_sums(start, to, l->words, tinyml_padding(c->input_offset));
      to += l->words * WEIGHTS;
      start += TINYML_LANES;
    }
  }
}

/* One group of one image, rows [first, first + rows). */
static void convolve_band(work *w, const tinyml_conv2d_s8_params *c, const layout *l, const tinyml_element *image,
                          const int8_t *weights, const int32_t *start, int32_t *output, int32_t rows) {
  const bool flat = l->pointwise && w->tiles.output_row_step == c->out_w * w->tiles.output_step;
  for (int32_t block = 0; block < l->blocks; block += MAX_BLOCKS) {
    const int32_t blocks = l->blocks - block < MAX_BLOCKS ? l->blocks - block : MAX_BLOCKS;
    const int32_t channels = l->group_out - (block + blocks - 1) * TINYML_LANES;
    w->tiles.weights = weights + block * l->words * WEIGHTS;
    w->start = start + block * TINYML_LANES;
    w->last = tinyml_part_of(channels < TINYML_LANES ? channels : TINYML_LANES);
    int8_t *to = (int8_t *)(output + block * TINYML_LANES);
    run_blocks(w, blocks, image, to, flat ? 1 : rows, flat ? rows * c->out_w : c->out_w);
  }
}

/* Convolves all images. Paddings may be negative. */
static void convolve(const tinyml_conv2d_s8_params *of, const int8_t *input, const int8_t *weights, const filters *f,
                     int32_t *output, const target *to, void *scratch) {
  const tinyml_conv2d_s8_params stack = stacked(*of, to), *c = &stack;
  const layout l = layout_of(c);
  int32_t *start = (int32_t *)(void *)((int8_t *)scratch + tinyml_aligned(image_bytes(c, &l)));
  int8_t *packed = (int8_t *)start + start_bytes(c, &l);
  pack_filters(packed, start, weights, f, c, &l);
  work w = {.tiles = {.runs = l.runs,
                      .block_bytes = (ptrdiff_t)l.words * WEIGHTS,
                      .pixel_step = l.pixel_step,
                      .row_step = l.row_step,
                      .output_step = (ptrdiff_t)to->pixel * (ptrdiff_t)sizeof(int32_t),
                      .output_row_step = (ptrdiff_t)to->row * (ptrdiff_t)sizeof(int32_t)}};
  for (int32_t n = 0; n < c->batch; n++) {
    const int8_t *image = input + (int64_t)n * c->in_h * c->in_w * c->in_channels;
    for (int32_t group = 0; group < c->groups; group++) {
      const int64_t block = (int64_t)group * l.blocks;
      for (int32_t row = 0; row < c->out_h; row += l.band) {
        const int32_t rows = c->out_h - row < l.band ? c->out_h - row : l.band;
        fill_image(scratch, c, &l, image + group * l.group_in, row, rows);
        convolve_band(&w, c, &l, scratch, packed + block * l.words * WEIGHTS, start + block * TINYML_LANES,
                      output + to->first + n * to->image + row * to->row + group * l.group_out, rows);
      }
    }
  }
}
