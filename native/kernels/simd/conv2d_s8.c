/* Direct convolution without im2col. The input goes once, band by band, into a padded image of elements; there every
 * kernel row is one run of elements, whatever the number of channels, read a word at a time against weights with zeros
 * where a run ends between. A tile is two short rows of pixels times one or two blocks of TINYML_LANES output channels,
 * all in registers. */
#include "conv_channels.h"
#include "either.h"
#if defined(TINYML_WEIGHTS_AS_ELEMENTS)
#include "weights_as_elements.h"
#else
#include "weights_as_bytes.h"
#endif

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

static void pack_weights(tinyml_weight *to, int32_t lane, const int8_t *weights, const layout *l) {
  enum { SIZE = TINYML_LANES * TINYML_WORD };
  for (int32_t run = 0; run < l->runs.rows * l->runs.columns; run++) {
    for (int32_t i = 0; i < l->run_size; i++) {
      to[(int64_t)(i / TINYML_WORD) * SIZE + tinyml_weight_index(lane, i % TINYML_WORD)] = (tinyml_weight)weights[i];
    }
    weights += l->run_size;
    to += (int64_t)l->runs.words * SIZE;
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
    pack_weights((tinyml_weight *)(void *)block, (int32_t)(i % TINYML_LANES), s.weights + channel * taps, &s.l);
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

/* Sums [first, first + 4) of a tile's `count` become outputs: those of a block one after the other, whose constants are
 * the same. */
TINYML_INLINE void store_four(const work *w, const place *at, const int32_t blocks, const int32_t pixels,
                              const bool apart, const tinyml_vec *sums, const int32_t first, const bool quick) {
  const int32_t count = 2 * pixels * blocks;
  tinyml_vec four[4];
  TINYML_UNROLL
  for (int32_t j = 0; j < 4; j++) {
    const int32_t i = first + j < count ? first + j : first, n = i >= 2 * pixels;
    four[j] = tinyml_requantize_vec(sums[(i - n * 2 * pixels) * blocks + n], &w->requantization[n], quick);
  }
  const tinyml_bytes bytes = tinyml_narrow(four, &w->output);
  TINYML_UNROLL
  for (int32_t j = 0; j < 4; j++) {
    if (first + j >= count) break;
    const int32_t n = first + j >= 2 * pixels, pixel = first + j - n * 2 * pixels;
    const int32_t column = pixel < pixels ? pixel : pixel - pixels;
    int8_t *to = apart ? at->output[0] + at->apart[pixel]
                       : at->output[pixel >= pixels] + column * w->tiles.output_step;
    to += n * TINYML_LANES;
    if (n < blocks - 1) {
      tinyml_store_quarter(to, bytes, j);
    } else {
      tinyml_store_part(to, bytes, j, w->last);
    }
  }
}

/* Requantisation in the general form, which is rare: the same code for all tiles of as many blocks. */
#define STORE_GENERAL(blocks)                                                                               \
  static __attribute__((noinline)) void store_general_##blocks(const work *w, const place *at, int32_t pixels, \
                                                               bool apart, const tinyml_vec *sums) {        \
    const work own = *w;                                                                                    \
    const place to = *at;                                                                                   \
    for (int32_t first = 0; first < 2 * pixels * blocks; first += 4) {                                      \
      store_four(&own, &to, blocks, pixels, apart, sums, first, false);                                     \
    }                                                                                                       \
  }
STORE_GENERAL(1)
STORE_GENERAL(2)

TINYML_INLINE void end_sums(const work *w, const place *at, const int32_t blocks, const int32_t pixels,
                            const bool apart, const tinyml_vec *sums) {
  const int32_t count = 2 * pixels * blocks;
  if (w->quick) {
    const work own = *w; /* outputs cannot lie on the copies, so they are read once */
    const place to = *at;
    TINYML_UNROLL
    for (int32_t first = 0; first < count; first += 4) store_four(&own, &to, blocks, pixels, apart, sums, first, true);
  } else {
    tinyml_vec copy[2 * MOST_PIXELS * MAX_BLOCKS]; /* an array in memory, where `sums` are registers */
    TINYML_UNROLL
    for (int32_t i = 0; i < count; i++) copy[i] = sums[i];
    if (blocks == 1) {
      store_general_1(w, at, pixels, apart, copy);
    } else {
      store_general_2(w, at, pixels, apart, copy);
    }
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

/* Goes to up to MAX_BLOCKS blocks of output channels of a group: how many. */
static int32_t begin_blocks(work *w, const params *p, const layout *l, const void *packed, int32_t group, int32_t block) {
  const tinyml_requantization *requantization = tinyml_requantizations(packed);
  const int8_t *weights = (const int8_t *)(requantization + (int64_t)l->blocks * p->groups);
  const int32_t blocks = l->blocks - block < MAX_BLOCKS ? l->blocks - block : MAX_BLOCKS;
  const int32_t channels = l->group_out - (block + blocks - 1) * TINYML_LANES;
  w->tiles.weights = weights + ((int64_t)group * l->blocks + block) * l->words * WEIGHTS;
  w->requantization = requantization + (int64_t)group * l->blocks + block;
  w->last = tinyml_part_of(channels < TINYML_LANES ? channels : TINYML_LANES);
  return blocks;
}

/* A rectangle of an output. */
static void run_part(work *w, const params *p, const layout *l, const int8_t *input, int8_t *output, tinyml_tile part,
                     const void *packed, tinyml_element *image) {
  const int32_t width = part.x1 - part.x0;
  const bool flat = l->pointwise && width == p->out_w;
  output += part.y0 * w->tiles.output_row_step + (ptrdiff_t)part.x0 * p->out_channels;
  for (int32_t group = 0; group < p->groups; group++) {
    for (int32_t row = part.y0; row < part.y1; row += l->band) {
      const int32_t rows = part.y1 - row < l->band ? part.y1 - row : l->band;
      fill_part(image, p, l, input + group * l->group_in, (tinyml_tile){row, part.x0, row + rows, part.x1});
      for (int32_t block = 0; block < l->blocks; block += MAX_BLOCKS) {
        const int32_t blocks = begin_blocks(w, p, l, packed, group, block);
        const int32_t channel = group * l->group_out + block * TINYML_LANES;
        int8_t *to = output + (row - part.y0) * w->tiles.output_row_step + channel;
        run_blocks(w, blocks, image, to, flat ? 1 : rows, flat ? rows * width : width);
      }
    }
  }
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  const layout l = layout_of(p);
  const tinyml_tile whole = {0, 0, p->out_h, p->out_w};
  const int8_t *input = operands[0];
  int8_t *output = operands[5];
  work w = work_of(p, &l, packed);
  for (int32_t image = 0; image < p->batch; image++) {
    run_part(&w, p, &l, input, output, whole, packed, scratch);
    input += (int64_t)p->in_h * p->in_w * p->in_channels;
    output += (int64_t)p->out_h * p->out_w * p->out_channels;
  }
}

#include "conv_gathered.h"

static int64_t tiles_scratch(const void *of) {
  const layout l = layout_of(of);
  const int64_t image = image_bytes(of, &l), held = each_pixel_alone(of) ? gathered_bytes(of, &l) : 0;
  return image > held ? image : held;
}

static void run_tiles(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of; /* the parameters begin with those of the dense kernel */
  const int32_t *list = operands[1];
  const int32_t count = tinyml_tile_count(list, ((const tinyml_conv2d_tiles_s8_params *)of)->capacity);
  if (count == 0) return;
  const layout l = layout_of(p);
  const bool alone = each_pixel_alone(p);
  gathered g = gathered_in(scratch, p, &l, packed, operands[6]);
  work w = work_of(p, &l, packed);
  for (int32_t i = 0; i < count; i++) {
    const tinyml_tile tile = tinyml_tile_at(list, i, p->out_h, p->out_w);
    if (tile.y0 >= tile.y1 || tile.x0 >= tile.x1) continue;
    if (alone && tile.x1 - tile.x0 < p->out_w) {
      gather(&g, &w, tile, operands[0]);
    } else {
      run_gathered(&g, &w); /* what is held lies where the image will */
      run_part(&w, p, &l, operands[0], operands[6], tile, packed, scratch);
    }
  }
  run_gathered(&g, &w);
}

const tinyml_functions TINYML_NAME(conv2d_tiles_s8) = {supports, packed_bytes, pack, tiles_scratch, run_tiles};

#if defined(TINYML_WINOGRAD)
extern const tinyml_functions TINYML_NAME(conv2d_winograd_s8);
static const tinyml_functions direct = {supports, packed_bytes, pack, scratch_bytes, run};
TINYML_EITHER(TINYML_NAME(conv2d_s8), &TINYML_NAME(conv2d_winograd_s8), &direct)
#else
const tinyml_functions TINYML_NAME(conv2d_s8) = {supports, packed_bytes, pack, scratch_bytes, run};
#endif
