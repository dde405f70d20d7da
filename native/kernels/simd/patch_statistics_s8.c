/* Statistics of patches, a vector of a row at once; two rows where they fit into one. Differences of int8 are uint8. Where
 * sums of them are all that is asked for, vectors go through whole rows of patches. */
#include "channel.h"

typedef tinyml_patch_statistics_s8_params params;

enum { WIDTH = 4 * TINYML_LANES, STATISTICS = 4 };

/* Packed: the requantisation of the four statistics, again and again; whether any but the first is read, as multipliers of
 * the others are not 0. */
typedef struct {
  tinyml_requantization requantization;
  _Alignas(64) int32_t quick;
  int32_t all;
} constants;

static int64_t packed_bytes(const void *of) {
  (void)of;
  return sizeof(constants);
}

static void pack(const void *of, const void *const *operands, void *packed) {
  const params *p = of;
  const int32_t *multiplier = operands[0], *shift = operands[1];
  constants *to = packed;
  tinyml_channel channels[TINYML_LANES];
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) {
    const int32_t k = lane % STATISTICS;
    channels[lane] = (tinyml_channel){0, multiplier[k], shift[k], (int64_t)p->patch * p->patch * p->channels * 256};
  }
  to->quick = tinyml_quick(channels);
  to->all = multiplier[1] != 0 || multiplier[2] != 0 || multiplier[3] != 0;
  tinyml_pack_requantization(&to->requantization, channels, to->quick);
}

/* What is the same for all patches, and the bytes of a vector that the end of a row fills: of one row, or of two. */
typedef struct {
  ptrdiff_t run, row;
  int32_t patch;
  tinyml_bytes zero_point, threshold, rest, both;
  const int8_t *input_end, *reference_end; /* nothing is read from there on */
} work;

typedef struct {
  tinyml_vec sum, values, above;
  tinyml_bytes most;
} sums;

TINYML_INLINE sums add_vector(const work *w, sums s, tinyml_bytes input, tinyml_bytes reference, tinyml_bytes counted,
                              const bool all) {
  const tinyml_bytes difference = tinyml_and_bytes(tinyml_distance(input, reference), counted);
  s.sum = tinyml_add_bytes(s.sum, difference);
  if (!all) return s;
  s.values = tinyml_add_bytes(s.values, tinyml_and_bytes(tinyml_distance(input, w->zero_point), counted));
  s.above = tinyml_add_bytes(s.above, tinyml_is_above(difference, w->threshold));
  s.most = tinyml_max_unsigned(s.most, difference);
  return s;
}

/* Less than a vector: what follows is read as well if there is as much. */
TINYML_INLINE tinyml_bytes load_rest(const int8_t *from, ptrdiff_t count, const int8_t *end) {
  return end - from >= WIDTH ? tinyml_load_bytes(from) : tinyml_load_some_bytes(from, count);
}

TINYML_INLINE sums add_rows(const work *w, sums s, const int8_t *input, const int8_t *reference, const bool all) {
  const tinyml_bytes whole = tinyml_set_bytes(-1);
  for (int32_t y = 0; y < w->patch; y++, input += w->row, reference += w->row) {
    ptrdiff_t i = 0;
    for (; i + WIDTH <= w->run; i += WIDTH) {
      s = add_vector(w, s, tinyml_load_bytes(input + i), tinyml_load_bytes(reference + i), whole, all);
    }
    if (i == w->run) continue;
    const tinyml_bytes x = load_rest(input + i, w->run - i, w->input_end);
    s = add_vector(w, s, x, load_rest(reference + i, w->run - i, w->reference_end), w->rest, all);
  }
  return s;
}

/* The same for runs of half a vector, which must be followed by as much as that. */
TINYML_INLINE sums add_pairs(const work *w, sums s, const int8_t *input, const int8_t *reference, const bool all) {
  int32_t y = 0;
  for (; y + 2 <= w->patch; y += 2, input += 2 * w->row, reference += 2 * w->row) {
    const tinyml_bytes x = tinyml_load_halves(input, input + w->row);
    s = add_vector(w, s, x, tinyml_load_halves(reference, reference + w->row), w->both, all);
  }
  if (y == w->patch) return s;
  return add_vector(w, s, tinyml_load_halves(input, input), tinyml_load_halves(reference, reference), w->rest, all);
}

static work work_of(const params *p, const int8_t *input, const int8_t *reference) {
  int8_t ones[2 * WIDTH];
  const ptrdiff_t size = (ptrdiff_t)p->height * p->width * p->channels, run = (ptrdiff_t)p->patch * p->channels;
  work w = {.run = run,
            .row = (ptrdiff_t)p->width * p->channels,
            .patch = p->patch,
            .zero_point = tinyml_set_bytes((int8_t)-p->input_offset),
            .threshold = tinyml_set_bytes((int8_t)p->threshold),
            .input_end = input + size,
            .reference_end = reference + size};
  memset(ones, -1, sizeof(ones));
  w.rest = tinyml_load_some_bytes(ones, run % WIDTH);
  if (2 * run <= WIDTH) {
    memset(ones + run, 0, (size_t)(WIDTH / 2 - run));
    memset(ones + WIDTH / 2 + run, 0, (size_t)(WIDTH / 2 - run));
  }
  w.both = tinyml_load_bytes(ones);
  return w;
}

/* Statistics of up to TINYML_LANES patches. */
static void store(const constants *with, const tinyml_output *output, const int32_t *values, int8_t *to, int32_t count) {
  tinyml_vec four[4];
  TINYML_UNROLL
  for (int32_t j = 0; j < 4; j++) {
    const tinyml_vec sum = tinyml_add(tinyml_load_sums(values + j * TINYML_LANES), tinyml_load_bias(&with->requantization));
    four[j] = tinyml_requantize_vec(sum, &with->requantization, with->quick);
  }
  tinyml_store_some_bytes(to, tinyml_narrow(four, output), count);
}

TINYML_INLINE void run_patches(const params *p, void *const *operands, const constants *with, const bool all) {
  const int8_t *input = operands[0], *reference = operands[1];
  int8_t *output = operands[4];
  const work w = work_of(p, input, reference);
  const tinyml_output clamp = tinyml_output_of(INT8_MIN, INT8_MIN, INT8_MAX);
  _Alignas(64) int32_t values[WIDTH] = {0};
  int32_t count = 0;
  for (int32_t top = 0; top < p->height; top += p->patch) {
    const int8_t *last_row = input + (top + p->patch - 1) * w.row;
    for (ptrdiff_t left = 0; left < w.row; left += w.run) {
      const ptrdiff_t at = top * w.row + left;
      const sums none = {tinyml_zero(), tinyml_zero(), tinyml_zero(), tinyml_set_bytes(0)};
      const bool narrow = 2 * w.run <= WIDTH && w.input_end - last_row - left >= WIDTH / 2;
      const sums s = narrow ? add_pairs(&w, none, input + at, reference + at, all)
                            : add_rows(&w, none, input + at, reference + at, all);
      tinyml_totals(values + count, s.sum, s.values, s.above);
      if (all) {
        values[count + 3] = values[count + 2];
        values[count + 2] = values[count + 1];
        values[count + 1] = tinyml_greatest(s.most);
      }
      count += STATISTICS;
      if (count < WIDTH) continue;
      store(with, &clamp, values, output, count);
      output += count;
      count = 0;
    }
  }
  if (count > 0) store(with, &clamp, values, output, count);
}

/* Bytes whose sums tinyml_add_bytes keeps apart, as two of int32. */
enum { GROUP = 8 };

static bool in_columns(const params *p) {
  return p->patch * (int64_t)p->channels % GROUP == 0 && p->width * (int64_t)p->channels >= WIDTH;
}

/* What the rows of a row of patches differ by, in columns: the sum of GROUP bytes is that of two neighbours. */
TINYML_INLINE void add_columns(const work *w, const int8_t *input, const int8_t *reference, int32_t *columns) {
  for (ptrdiff_t next = 0; next < w->row; next += WIDTH) {
    const ptrdiff_t at = next < w->row - WIDTH ? next : w->row - WIDTH; /* the last lies on the one before */
    tinyml_vec sum = tinyml_zero();
    for (int32_t y = 0; y < w->patch; y++) {
      const tinyml_bytes x = tinyml_load_bytes(input + at + y * w->row);
      sum = tinyml_add_bytes(sum, tinyml_distance(x, tinyml_load_bytes(reference + at + y * w->row)));
    }
    tinyml_store_sums(columns + at / 4, sum);
  }
}

/* The first statistic of all patches. */
static void run_columns(const params *p, void *const *operands, const constants *with, int32_t *columns) {
  const int8_t *input = operands[0], *reference = operands[1];
  int8_t *output = operands[4];
  const work w = work_of(p, input, reference);
  const tinyml_output clamp = tinyml_output_of(INT8_MIN, INT8_MIN, INT8_MAX);
  const ptrdiff_t lanes = w.run / 4;
  _Alignas(64) int32_t values[WIDTH] = {0};
  int32_t count = 0;
  for (int32_t top = 0; top < p->height; top += p->patch) {
    add_columns(&w, input + top * w.row, reference + top * w.row, columns);
    for (const int32_t *patch = columns; patch < columns + w.row / 4; patch += lanes) {
      uint64_t sums = 0; /* two at once, which do not meet */
      for (ptrdiff_t i = 0; i < lanes; i += 2) {
        uint64_t two;
        memcpy(&two, patch + i, sizeof(two));
        sums += two;
      }
      values[count] = (int32_t)((uint32_t)sums + (uint32_t)(sums >> 32));
      count += STATISTICS;
      if (count < WIDTH) continue;
      store(with, &clamp, values, output, count);
      output += count;
      count = 0;
    }
  }
  if (count > 0) store(with, &clamp, values, output, count);
}

/* Scratch: columns, four bytes of a row each. */
static int64_t scratch_bytes(const void *of) {
  const params *p = of;
  return in_columns(p) ? p->width * (int64_t)p->channels : 0;
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const constants *with = packed;
  if (with->all) {
    run_patches(of, operands, with, true);
  } else if (in_columns(of)) {
    run_columns(of, operands, with, scratch);
  } else {
    run_patches(of, operands, with, false);
  }
}

const tinyml_functions TINYML_NAME(patch_statistics_s8) = {NULL, packed_bytes, pack, scratch_bytes, run};
