/* Direct convolution without im2col. The input goes once, band by band, into a padded image of elements; there every
 * kernel row is one run of elements, whatever the number of channels, read a word at a time against weights with zeros
 * where a run ends between. A tile is two short rows of pixels times one or two blocks of TINYML_LANES output channels,
 * all in registers. */
#include "conv_image.h"
#include "../generic/tinyml_tiles.h"

typedef tinyml_conv2d_s8_params params;

/* Weights are packed [group][block][word][TINYML_LANES * TINYML_WORD]. */
static int64_t packed_bytes(const void *of) {
  const params *p = of;
  const layout l = layout_of(p);
  const int64_t block = (int64_t)sizeof(tinyml_requantization) + l.words * WEIGHTS;
  return (int64_t)sizeof(tinyml_packed) + block * l.blocks * p->groups;
}

static int supports(const void *of) {
  const params *p = of;
  const layout l = layout_of(p);
  return tinyml_padding_fits(p->input_offset) && image_bytes(p, &l) <= INT32_MAX && packed_bytes(p) <= INT32_MAX;
}

static int64_t scratch_bytes(const void *of) {
  const layout l = layout_of(of);
  return image_bytes(of, &l);
}

/* What pack reads. */
typedef struct {
  const params *p;
  layout l;
  const int8_t *weights;
  const int32_t *bias, *multiplier, *shift;
} source;

/* The output channel of a lane of all blocks of all groups; -1 beyond the last of a group. */
static int32_t channel_of_lane(const layout *l, int64_t index) {
  const int64_t lanes = (int64_t)l->blocks * TINYML_LANES, group = index / lanes, at = index % lanes;
  return at < l->group_out ? (int32_t)(group * l->group_out + at) : -1;
}

static tinyml_channel channel_at(const void *of, int64_t index) {
  const source *s = of;
  const int32_t channel = channel_of_lane(&s->l, index);
  if (channel < 0) return (tinyml_channel){0, 0, 0, 0};
  const int64_t taps = (int64_t)s->p->kernel_h * s->p->kernel_w * s->l.group_in;
  return tinyml_channel_of(s->weights + channel * taps, taps, 1, s->p->input_offset, s->bias[channel],
                           s->multiplier[channel], s->shift[channel]);
}

static void pack_weights(int8_t *to, int32_t lane, const int8_t *weights, const layout *l) {
  for (int32_t run = 0; run < l->runs.rows * l->runs.columns; run++) {
    for (int32_t i = 0; i < l->run_size; i++) {
      to[(int64_t)(i / TINYML_WORD) * WEIGHTS + tinyml_weight_index(lane, i % TINYML_WORD)] = weights[i];
    }
    weights += l->run_size;
    to += (int64_t)l->runs.words * WEIGHTS;
  }
}

static void pack(const void *of, const void *const *constants, void *packed) {
  const params *p = of;
  const source s = {p, layout_of(p), constants[0], constants[1], constants[2], constants[3]};
  const int64_t blocks = (int64_t)s.l.blocks * p->groups, taps = (int64_t)p->kernel_h * p->kernel_w * s.l.group_in;
  int8_t *weights = (int8_t *)(tinyml_requantizations(packed) + blocks);
  memset(packed, 0, (size_t)packed_bytes(p));
  tinyml_pack_channels(packed, blocks, channel_at, &s);
  for (int64_t i = 0; i < blocks * TINYML_LANES; i++) {
    const int32_t channel = channel_of_lane(&s.l, i);
    if (channel < 0) continue;
    int8_t *block = weights + i / TINYML_LANES * s.l.words * WEIGHTS;
    pack_weights(block, (int32_t)(i % TINYML_LANES), s.weights + channel * taps, &s.l);
  }
}

/* What is the same for all tiles of some blocks. */
typedef struct {
  tiles tiles;
  const tinyml_requantization *requantization;
  tinyml_output output;
  bool quick;
  tinyml_part last; /* channels of the last block */
} work;

TINYML_INLINE void start_sums(const work *w, const place *at, const int32_t blocks, const int32_t pixels,
                              tinyml_vec *sums) {
  (void)at;
  TINYML_UNROLL
  for (int32_t i = 0; i < 2 * pixels; i++) {
    TINYML_UNROLL
    for (int32_t n = 0; n < blocks; n++) sums[i * blocks + n] = tinyml_load_bias(&w->requantization[n]);
  }
}

/* Sums [first, first + 4) of a tile's `count` become outputs. */
TINYML_INLINE void store_four(const work *w, const place *at, const int32_t blocks, const int32_t pixels,
                              const tinyml_vec *sums, const int32_t first, const bool quick) {
  const int32_t count = 2 * pixels * blocks;
  tinyml_vec four[4];
  TINYML_UNROLL
  for (int32_t j = 0; j < 4; j++) {
    const int32_t i = first + j < count ? first + j : first;
    four[j] = tinyml_requantize_vec(sums[i], &w->requantization[i % blocks], quick);
  }
  const tinyml_bytes bytes = tinyml_narrow(four, &w->output);
  TINYML_UNROLL
  for (int32_t j = 0; j < 4; j++) {
    if (first + j >= count) break;
    const int32_t n = (first + j) % blocks, pixel = (first + j) / blocks;
    int8_t *to = at->output[pixel >= pixels] + (pixel % pixels) * w->tiles.output_step + n * TINYML_LANES;
    if (n < blocks - 1) {
      tinyml_store_quarter(to, bytes, j);
    } else {
      tinyml_store_part(to, bytes, j, w->last);
    }
  }
}

/* Requantisation in the general form, which is rare: the same code for all tiles. */
static __attribute__((noinline)) void store_general(const work *w, const place *at, int32_t blocks, int32_t pixels,
                                                    const tinyml_vec *sums) {
  for (int32_t first = 0; first < 2 * pixels * blocks; first += 4) {
    store_four(w, at, blocks, pixels, sums, first, false);
  }
}

TINYML_INLINE void end_sums(const work *w, const place *at, const int32_t blocks, const int32_t pixels,
                            const tinyml_vec *sums) {
  const int32_t count = 2 * pixels * blocks;
  if (w->quick) {
    const work own = *w; /* outputs cannot lie on the copies, so they are read once */
    const place to = *at;
    TINYML_UNROLL
    for (int32_t first = 0; first < count; first += 4) store_four(&own, &to, blocks, pixels, sums, first, true);
  } else {
    tinyml_vec copy[2 * MOST_PIXELS * MAX_BLOCKS]; /* an array in memory, where `sums` are registers */
    TINYML_UNROLL
    for (int32_t i = 0; i < count; i++) copy[i] = sums[i];
    store_general(w, at, blocks, pixels, copy);
  }
}

#include "conv_tiles.h"

/* What runs over any part of the output share. */
static work work_of(const params *p, const layout *l, const void *packed) {
  return (work){.tiles = {.runs = l->runs,
                          .block_bytes = (ptrdiff_t)l->words * WEIGHTS,
                          .pixel_step = l->pixel_step,
                          .row_step = l->row_step,
                          .output_step = p->out_channels,
                          .output_row_step = (ptrdiff_t)p->out_w * p->out_channels},
                .output = tinyml_output_of(p->output_offset, p->act_min, p->act_max),
                .quick = ((const tinyml_packed *)packed)->quick != 0};
}

/* All of the output of `p`, whose rows may be apart; paddings may be negative. */
static void run_image(work *w, const params *p, const layout *l, const int8_t *input, int8_t *output,
                      const void *packed, tinyml_element *image) {
  const tinyml_requantization *requantization = tinyml_requantizations(packed);
  const int8_t *weights = (const int8_t *)(requantization + (int64_t)l->blocks * p->groups);
  const bool flat = l->pointwise && w->tiles.output_row_step == p->out_w * w->tiles.output_step;
  for (int32_t group = 0; group < p->groups; group++) {
    for (int32_t row = 0; row < p->out_h; row += l->band) {
      const int32_t rows = p->out_h - row < l->band ? p->out_h - row : l->band;
      fill_image(image, p, l, input + group * l->group_in, row, rows);
      for (int32_t block = 0; block < l->blocks; block += MAX_BLOCKS) {
        const int32_t blocks = l->blocks - block < MAX_BLOCKS ? l->blocks - block : MAX_BLOCKS;
        const int32_t channels = l->group_out - (block + blocks - 1) * TINYML_LANES;
        w->tiles.weights = weights + ((int64_t)group * l->blocks + block) * l->words * WEIGHTS;
        w->requantization = requantization + (int64_t)group * l->blocks + block;
        w->last = tinyml_part_of(channels < TINYML_LANES ? channels : TINYML_LANES);
        int8_t *to = output + row * w->tiles.output_row_step + group * l->group_out + block * TINYML_LANES;
        run_blocks(w, blocks, image, to, flat ? 1 : rows, flat ? rows * p->out_w : p->out_w);
      }
    }
  }
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  const layout l = layout_of(p);
  const int8_t *input = operands[0];
  int8_t *output = operands[5];
  work w = work_of(p, &l, packed);
  for (int32_t image = 0; image < p->batch; image++) {
    run_image(&w, p, &l, input, output, packed, scratch);
    input += (int64_t)p->in_h * p->in_w * p->in_channels;
    output += (int64_t)p->out_h * p->out_w * p->out_channels;
  }
}

/* A part of the output as the whole output of another convolution. */
static params part_of(const params *p, tinyml_tile tile) {
  params part = *p;
  part.out_h = tile.y1 - tile.y0;
  part.out_w = tile.x1 - tile.x0;
  part.pad_top -= tile.y0 * p->stride_h;
  part.pad_left -= tile.x0 * p->stride_w;
  return part;
}

static void run_tiles(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of; /* the parameters begin with those of the dense kernel */
  const int32_t *list = operands[1];
  const int32_t count = tinyml_tile_count(list, ((const tinyml_conv2d_tiles_s8_params *)of)->capacity);
  if (count == 0) return;
  const layout whole = layout_of(p);
  work w = work_of(p, &whole, packed);
  for (int32_t i = 0; i < count; i++) {
    const tinyml_tile tile = tinyml_tile_at(list, i, p->out_h, p->out_w);
    if (tile.y0 >= tile.y1 || tile.x0 >= tile.x1) continue;
    const params part = part_of(p, tile);
    const layout l = layout_of_part(&whole, &part);
    w.tiles.runs = l.runs;
    w.tiles.row_step = l.row_step;
    int8_t *output = (int8_t *)operands[6] + ((ptrdiff_t)tile.y0 * p->out_w + tile.x0) * p->out_channels;
    run_image(&w, &part, &l, operands[0], output, packed, scratch);
  }
}

const tinyml_functions TINYML_NAME(conv2d_tiles_s8) = {supports, packed_bytes, pack, scratch_bytes, run_tiles};
const tinyml_functions TINYML_NAME(conv2d_s8) = {supports, packed_bytes, pack, scratch_bytes, run};
