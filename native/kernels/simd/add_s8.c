#include "channel.h"
#include "../generic/tinyml_tiles.h"

typedef tinyml_add_s8_params params;

enum { WIDTH = 4 * TINYML_LANES };

/* Packed: the three requantisations, the same in all lanes. */
typedef struct {
  tinyml_requantization input1, input2, output;
  _Alignas(64) int32_t quick;
} constants;

static int64_t packed_bytes(const void *of) {
  (void)of;
  return sizeof(constants);
}

static void spread(tinyml_channel channels[TINYML_LANES], int32_t multiplier, int32_t shift, int64_t limit) {
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) channels[lane] = (tinyml_channel){0, multiplier, shift, limit};
}

static void pack(const void *of, const void *const *none, void *packed) {
  const params *p = of;
  constants *to = packed;
  const int64_t most = INT64_C(256) << p->left_shift;
  tinyml_channel input1[TINYML_LANES], input2[TINYML_LANES], output[TINYML_LANES];
  (void)none;
  spread(input1, p->input1_multiplier, p->input1_shift, most);
  spread(input2, p->input2_multiplier, p->input2_shift, most);
  spread(output, p->output_multiplier, p->output_shift, 2 * most); /* without left shifts inputs do not grow */
  to->quick = tinyml_quick(input1) && tinyml_quick(input2) && tinyml_quick(output);
  tinyml_pack_requantization(&to->input1, input1, to->quick);
  tinyml_pack_requantization(&to->input2, input2, to->quick);
  tinyml_pack_requantization(&to->output, output, to->quick);
}

/* What the shifted codes of an input lack: its shifted offset and the bias. */
TINYML_INLINE tinyml_vec base_of(int32_t offset, int32_t left_shift, const tinyml_requantization *q) {
  return tinyml_add(tinyml_shift_left(tinyml_set(offset), left_shift), tinyml_load_bias(q));
}

TINYML_INLINE tinyml_vec requantize_input(const int8_t *from, tinyml_vec base, int32_t left_shift,
                                          const tinyml_requantization *q, const bool quick) {
  return tinyml_requantize_vec(tinyml_add(tinyml_shift_left(tinyml_widen(from), left_shift), base), q, quick);
}

/* WIDTH sums. */
TINYML_INLINE tinyml_bytes sum(const params *p, const int8_t *input1, const int8_t *input2, const tinyml_vec bases[2],
                               const constants *with, const tinyml_output *output, const bool quick) {
  tinyml_vec values[4];
  TINYML_UNROLL
  for (int32_t j = 0; j < 4; j++) { /* one requantisation after the other, so that constants stay in registers */
    values[j] = requantize_input(input1 + j * TINYML_LANES, bases[0], p->left_shift, &with->input1, quick);
  }
  TINYML_UNROLL
  for (int32_t j = 0; j < 4; j++) {
    const tinyml_vec other = requantize_input(input2 + j * TINYML_LANES, bases[1], p->left_shift, &with->input2, quick);
    values[j] = tinyml_add(values[j], other);
  }
  TINYML_UNROLL
  for (int32_t j = 0; j < 4; j++) {
    values[j] = tinyml_requantize_vec(tinyml_add(values[j], tinyml_load_bias(&with->output)), &with->output, quick);
  }
  return tinyml_narrow(values, output);
}

/* Both inputs are read before the output is written, which may lie on either. */
TINYML_INLINE void add(const params *p, int64_t size, const int8_t *input1, const int8_t *input2,
                       const constants *with, int8_t *output, const bool quick) {
  const tinyml_output to = tinyml_output_of(p->output_offset, p->act_min, p->act_max);
  const tinyml_vec bases[2] = {base_of(p->input1_offset, p->left_shift, &with->input1),
                               base_of(p->input2_offset, p->left_shift, &with->input2)};
  int64_t i = 0;
  for (; i + WIDTH <= size; i += WIDTH) {
    tinyml_store_bytes(output + i, sum(p, input1 + i, input2 + i, bases, with, &to, quick));
  }
  if (i < size) {
    _Alignas(64) int8_t rest1[WIDTH], rest2[WIDTH];
    tinyml_store_bytes(rest1, tinyml_load_some_bytes(input1 + i, (ptrdiff_t)(size - i)));
    tinyml_store_bytes(rest2, tinyml_load_some_bytes(input2 + i, (ptrdiff_t)(size - i)));
    tinyml_store_some_bytes(output + i, sum(p, rest1, rest2, bases, with, &to, quick), (ptrdiff_t)(size - i));
  }
}

static void add_run(const params *p, int64_t size, const int8_t *input1, const int8_t *input2, const constants *with,
                    int8_t *output) {
  if (with->quick) {
    add(p, size, input1, input2, with, output, true);
  } else {
    add(p, size, input1, input2, with, output, false);
  }
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  (void)scratch;
  add_run(p, p->size, operands[0], operands[1], packed, operands[2]);
}

/* The rows of a tile that is as wide as the image are one run. */
static void run_tiles(const void *of, void *const *operands, const void *packed, void *scratch) {
  const tinyml_add_tiles_s8_params *p = of; /* begins with the parameters of the dense kernel */
  const int8_t *input1 = operands[0], *input2 = operands[1];
  int8_t *output = operands[3];
  const int32_t count = tinyml_tile_count(operands[2], p->capacity), pixel = p->size / (p->height * p->width);
  (void)scratch;
  for (int32_t i = 0; i < count; i++) {
    const tinyml_tile tile = tinyml_tile_at(operands[2], i, p->height, p->width);
    if (tile.y0 >= tile.y1 || tile.x0 >= tile.x1) continue;
    const int32_t columns = tile.x1 - tile.x0, rows = tile.y1 - tile.y0;
    const int32_t together = columns == p->width ? rows : 1;
    for (int32_t row = 0; row < rows; row += together) {
      const int32_t at = ((tile.y0 + row) * p->width + tile.x0) * pixel;
      add_run(of, (int64_t)together * columns * pixel, input1 + at, input2 + at, packed, output + at);
    }
  }
}

const tinyml_functions TINYML_NAME(add_tiles_s8) = {NULL, packed_bytes, pack, NULL, run_tiles};

const tinyml_functions TINYML_NAME(add_s8) = {NULL, packed_bytes, pack, NULL, run};
