/* Depthwise convolution of an image with padding around it, which is filled band by band. */
#include "depthwise_weights.h"
#include "either.h"

typedef tinyml_depthwise_conv2d_s8_params params;
typedef int8_t depthwise_output;

static int64_t packed_bytes(const void *of) {
  const layout l = layout_of(of);
  const int64_t weights = l.share * l.weights_size * (int64_t)sizeof(tinyml_element);
  return (int64_t)sizeof(tinyml_packed) + ((int64_t)sizeof(tinyml_requantization) * PARTS + weights) * l.patterns;
}

static int supports(const void *of) {
  const params *p = of;
  const layout l = layout_of(p);
  return tinyml_padding_fits(p->input_offset) && depthwise_scratch(p, &l) <= INT32_MAX &&
         packed_bytes(p) <= INT32_MAX;
}

static int64_t scratch_bytes(const void *of) {
  const layout l = layout_of(of);
  return depthwise_scratch(of, &l);
}

typedef struct {
  const params *p;
  int32_t channels;
  const int8_t *weights;
  const int32_t *bias, *multiplier, *shift;
} source;

static tinyml_channel channel_at(const void *of, int64_t index) {
  const source *s = of;
  const int64_t lane = index % TINYML_LANES, part = index / TINYML_LANES % PARTS;
  const int64_t output = index / WIDTH * WIDTH + tinyml_output_index((int32_t)part, (int32_t)lane);
  const int32_t channel = (int32_t)(output % s->channels);
  return tinyml_channel_of(s->weights + channel, (int64_t)s->p->kernel_h * s->p->kernel_w, s->channels,
                           s->p->input_offset, s->bias[channel], s->multiplier[channel], s->shift[channel]);
}

static void pack(const void *of, const void *const *constants, void *packed) {
  const params *p = of;
  const layout l = layout_of(p);
  const source s = {p, l.channels, constants[0], constants[1], constants[2], constants[3]};
  tinyml_element *to = (tinyml_element *)(void *)(tinyml_requantizations(packed) + PARTS * (int64_t)l.patterns);
  memset(packed, 0, (size_t)packed_bytes(p));
  tinyml_pack_channels(packed, PARTS * (int64_t)l.patterns, channel_at, &s);
  const depthwise_filters f = {0, 1, (int64_t)p->kernel_w * l.channels, l.channels};
  pack_patterns(to, s.weights, &f, p, &l);
}

typedef struct {
  depthwise_rows rows;
  const tinyml_requantization *requantizations, *requantization; /* of all patterns, and of one */
  tinyml_output output;
  bool quick;
} work;

static void begin_pattern(work *w, int32_t pattern) {
  w->requantization = w->requantizations + (int64_t)pattern * PARTS;
}

TINYML_INLINE void start_sums(const work *w, tinyml_vec sums[MAX_SHARE][PARTS], const int32_t share) {
  TINYML_UNROLL
  for (int32_t j = 0; j < share * PARTS; j++) sums[j / PARTS][j % PARTS] = tinyml_load_bias(&w->requantization[j % PARTS]);
}

TINYML_INLINE tinyml_bytes outputs_of(const tinyml_vec sums[PARTS], const work *w, const bool quick) {
  tinyml_vec values[PARTS];
  TINYML_UNROLL
  for (int32_t j = 0; j < PARTS; j++) values[j] = tinyml_requantize_vec(sums[j], &w->requantization[j], quick);
  return tinyml_narrow_parts(values, &w->output);
}

/* Requantisation in the general form: rare, so the same code for all. */
static __attribute__((noinline)) tinyml_bytes general_outputs(const tinyml_vec sums[PARTS], const work *w) {
  return outputs_of(sums, w, false);
}

TINYML_INLINE void end_sums(const tinyml_vec sums[PARTS], const work *w, const work *same, int8_t *to, ptrdiff_t count) {
  tinyml_bytes bytes;
  if (w->quick) {
    bytes = outputs_of(sums, w, true);
  } else {
    tinyml_vec copy[PARTS]; /* an array in memory, where `sums` are registers */
    TINYML_UNROLL
    for (int32_t j = 0; j < PARTS; j++) copy[j] = sums[j];
    bytes = general_outputs(copy, same);
  }
  if (count >= WIDTH) {
    tinyml_store_bytes(to, bytes);
  } else {
    tinyml_store_some_bytes(to, bytes, count);
  }
}

#include "depthwise_rows.h"

/* What runs over any part of the output share. */
static work work_of(const params *p, const layout *l, const void *packed, ptrdiff_t *taps) {
  return (work){.rows = rows_of(p, l, taps),
                .requantizations = tinyml_requantizations(packed),
                .quick = ((const tinyml_packed *)packed)->quick != 0,
                .output = tinyml_output_of(p->output_offset, p->act_min, p->act_max)};
}

static ptrdiff_t *taps_in(void *scratch, const params *p, const layout *l) {
  return (ptrdiff_t *)(void *)((int8_t *)scratch + image_bytes(p, l));
}

/* A rectangle of an output. */
static void run_part(work *w, const params *p, const layout *l, const int8_t *input, int8_t *output, tinyml_tile part,
                     tinyml_element *image) {
  const tinyml_element *weights = (const void *)(w->requantizations + PARTS * (int64_t)l->patterns);
  w->rows.outputs = (ptrdiff_t)(part.x1 - part.x0) * l->channels;
  output += part.y0 * w->rows.output_step + (ptrdiff_t)part.x0 * l->channels;
  for (int32_t row = part.y0; row < part.y1; row += l->band) {
    const int32_t end = part.y1 - row < l->band ? part.y1 : row + l->band;
    fill_part(image, p, l, input, (tinyml_tile){row, part.x0, end, part.x1});
    run_band(w, l, weights, image, end - row, output);
    output += l->band * w->rows.output_step;
  }
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  const layout l = layout_of(p);
  const tinyml_tile whole = {0, 0, p->out_h, p->out_w};
  const int8_t *input = operands[0];
  int8_t *output = operands[5];
  work w = work_of(p, &l, packed, taps_in(scratch, p, &l));
  for (int32_t image = 0; image < p->batch; image++) {
    run_part(&w, p, &l, input, output, whole, scratch);
    input += (int64_t)p->in_h * p->in_w * p->in_channels;
    output += (int64_t)p->out_h * p->out_w * l.channels;
  }
}

static void run_tiles(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of; /* the parameters begin with those of the dense kernel */
  const int32_t *list = operands[1];
  const int32_t count = tinyml_tile_count(list, ((const tinyml_depthwise_conv2d_tiles_s8_params *)of)->capacity);
  if (count == 0) return;
  const layout l = layout_of(p);
  work w = work_of(p, &l, packed, taps_in(scratch, p, &l));
  for (int32_t i = 0; i < count; i++) {
    const tinyml_tile tile = tinyml_tile_at(list, i, p->out_h, p->out_w);
    if (tile.y0 < tile.y1 && tile.x0 < tile.x1) run_part(&w, p, &l, operands[0], operands[6], tile, scratch);
  }
}

const tinyml_functions TINYML_NAME(depthwise_conv2d_tiles_s8) = {supports, packed_bytes, pack, scratch_bytes, run_tiles};

#if defined(TINYML_ROW_PAIRS)
extern const tinyml_functions TINYML_NAME(depthwise_conv2d_pairs_s8);
static const tinyml_functions by_rows = {supports, packed_bytes, pack, scratch_bytes, run};
TINYML_EITHER(TINYML_NAME(depthwise_conv2d_s8), &TINYML_NAME(depthwise_conv2d_pairs_s8), &by_rows)
#else
const tinyml_functions TINYML_NAME(depthwise_conv2d_s8) = {supports, packed_bytes, pack, scratch_bytes, run};
#endif
