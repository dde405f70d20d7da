/* Rows times weights. Four rows at a time share what is read of the weights; a row that is left alone has eight blocks of
 * outputs in registers. */
#include "layer.h"

typedef tinyml_fully_connected_s8_params params;

enum { WEIGHTS = TINYML_LANES * TINYML_WORD };

/* Rows that are multiplied together, and blocks of outputs that they are multiplied with: their sums fit the registers. */
enum { ROWS = 4, ROWS_BLOCKS = TINYML_LANES == 16 ? 4 : 2 };

static int64_t blocks_of(const params *p) {
  return ((int64_t)p->out_features + TINYML_LANES - 1) / TINYML_LANES;
}

static int64_t words_of(const params *p) {
  return ((int64_t)p->in_features + TINYML_WORD - 1) / TINYML_WORD;
}

/* Weights are packed [block][word][TINYML_LANES * TINYML_WORD]. */
static int64_t packed_bytes(const void *of) {
  const params *p = of;
  const int64_t block = (int64_t)sizeof(tinyml_requantization) + words_of(p) * WEIGHTS;
  return (int64_t)sizeof(tinyml_packed) + block * blocks_of(p);
}

static int supports(const void *of) {
  return packed_bytes(of) <= INT32_MAX;
}

static int64_t scratch_bytes(const void *of) {
  return ROWS * words_of(of) * TINYML_WORD * (int64_t)sizeof(tinyml_element);
}

typedef struct {
  const params *p;
  const int8_t *weights;
  const int32_t *bias, *multiplier, *shift;
} source;

static tinyml_channel channel_at(const void *of, int64_t feature) {
  const source *s = of;
  if (feature >= s->p->out_features) return (tinyml_channel){0, 0, 0, 0};
  const int64_t q = s->p->per_channel ? feature : 0;
  return tinyml_channel_of(s->weights + feature * s->p->in_features, s->p->in_features, 1, s->p->input_offset,
                           s->bias[feature], s->multiplier[q], s->shift[q]);
}

static void pack(const void *of, const void *const *constants, void *packed) {
  const params *p = of;
  const source s = {p, constants[0], constants[1], constants[2], constants[3]};
  int8_t *to = (int8_t *)(tinyml_requantizations(packed) + blocks_of(p));
  memset(packed, 0, (size_t)packed_bytes(p));
  tinyml_pack_channels(packed, blocks_of(p), channel_at, &s);
  for (int32_t feature = 0; feature < p->out_features; feature++) {
    const int8_t *from = s.weights + (int64_t)feature * p->in_features;
    int8_t *block = to + feature / TINYML_LANES * words_of(p) * WEIGHTS;
    for (int32_t i = 0; i < p->in_features; i++) {
      const int32_t at = tinyml_weight_index(feature % TINYML_LANES, i % TINYML_WORD);
      block[(int64_t)(i / TINYML_WORD) * WEIGHTS + at] = from[i];
    }
  }
}

/* sums[n] = products of all inputs with block n, for eight or four blocks. */
TINYML_INLINE void multiply(tinyml_vec *sums, const int32_t blocks, const tinyml_element *x, const int8_t *weights,
                            ptrdiff_t words) {
  TINYML_UNROLL
  for (int32_t n = 0; n < blocks; n++) sums[n] = tinyml_zero();
  for (ptrdiff_t word = 0; word < words; word++) {
    const tinyml_words same = tinyml_broadcast(x + TINYML_WORD * word);
    TINYML_UNROLL
    for (int32_t n = 0; n < blocks; n++) {
      sums[n] = tinyml_multiply_add(sums[n], same, tinyml_load_weights(weights + (n * words + word) * WEIGHTS));
    }
  }
}

/* The same for one block, in four independent sums. */
TINYML_INLINE tinyml_vec multiply_one(const tinyml_element *x, const int8_t *weights, ptrdiff_t words) {
  tinyml_vec sums[4] = {tinyml_zero(), tinyml_zero(), tinyml_zero(), tinyml_zero()};
  ptrdiff_t word = 0;
  for (; word + 4 <= words; word += 4) {
    TINYML_UNROLL
    for (int32_t j = 0; j < 4; j++) {
      sums[j] = tinyml_multiply_add(sums[j], tinyml_broadcast(x + TINYML_WORD * (word + j)),
                                    tinyml_load_weights(weights + (word + j) * WEIGHTS));
    }
  }
  for (; word < words; word++) {
    sums[0] = tinyml_multiply_add(sums[0], tinyml_broadcast(x + TINYML_WORD * word),
                                  tinyml_load_weights(weights + word * WEIGHTS));
  }
  return tinyml_add(tinyml_add(sums[0], sums[1]), tinyml_add(sums[2], sums[3]));
}

/* sums[r][n] = products of row r with block n; rows are `words` words apart. */
TINYML_INLINE void multiply_rows(tinyml_vec sums[ROWS][ROWS_BLOCKS], const tinyml_element *x, const int8_t *weights,
                                 ptrdiff_t words) {
  TINYML_UNROLL
  for (int32_t i = 0; i < ROWS * ROWS_BLOCKS; i++) sums[i / ROWS_BLOCKS][i % ROWS_BLOCKS] = tinyml_zero();
  for (ptrdiff_t word = 0; word < words; word++) {
    tinyml_words blocks[ROWS_BLOCKS];
    TINYML_UNROLL
    for (int32_t n = 0; n < ROWS_BLOCKS; n++) blocks[n] = tinyml_load_weights(weights + (n * words + word) * WEIGHTS);
    TINYML_UNROLL
    for (int32_t r = 0; r < ROWS; r++) {
      const tinyml_words same = tinyml_broadcast(x + TINYML_WORD * (r * words + word));
      TINYML_UNROLL
      for (int32_t n = 0; n < ROWS_BLOCKS; n++) sums[r][n] = tinyml_multiply_add(sums[r][n], same, blocks[n]);
    }
  }
}

/* Outputs of up to four blocks, `count` of them. */
TINYML_INLINE void store(const tinyml_vec sums[4], int64_t blocks, const tinyml_requantization *requantization,
                         const tinyml_output *output, bool quick, int8_t *to, int64_t count) {
  tinyml_vec values[4];
  TINYML_UNROLL
  for (int32_t j = 0; j < 4; j++) {
    const int64_t n = j < blocks ? j : 0;
    const tinyml_vec sum = tinyml_add(sums[n], tinyml_load_bias(&requantization[n]));
    values[j] = tinyml_requantize_vec(sum, &requantization[n], quick);
  }
  tinyml_store_some_bytes(to, tinyml_narrow(values, output), (ptrdiff_t)count);
}

/* What is the same for all rows. */
typedef struct {
  const params *p;
  int64_t blocks;
  ptrdiff_t words;
  bool quick;
  const tinyml_requantization *requantization;
  const int8_t *weights;
  tinyml_output output;
} work;

static void store_blocks(const work *w, const tinyml_vec *sums, int64_t block, int64_t blocks, int8_t *row) {
  const int64_t first = block * TINYML_LANES;
  store(sums, blocks, w->requantization + block, &w->output, w->quick, row + first, w->p->out_features - first);
}

/* The outputs of one row from `block` on. */
static void run_row(const work *w, const tinyml_element *x, int8_t *output, int64_t block) {
  while (block < w->blocks) {
    const int64_t left = w->blocks - block;
    const int8_t *with = w->weights + block * w->words * WEIGHTS;
    tinyml_vec sums[8];
    if (left >= 8) {
      multiply(sums, 8, x, with, w->words);
    } else if (left >= 4) {
      multiply(sums, 4, x, with, w->words);
    } else {
      for (int64_t n = 0; n < left; n++) sums[n] = multiply_one(x, with + n * w->words * WEIGHTS, w->words);
    }
    const int64_t done = left >= 8 ? 8 : left >= 4 ? 4 : left;
    for (int64_t n = 0; n < done; n += 4) store_blocks(w, sums + n, block + n, done - n, output);
    block += done;
  }
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  const int8_t *input = operands[0];
  int8_t *output = operands[5];
  work w = {.p = p, .blocks = blocks_of(p), .words = (ptrdiff_t)words_of(p)};
  w.quick = ((const tinyml_packed *)packed)->quick != 0;
  w.requantization = tinyml_requantizations(packed);
  w.weights = (const int8_t *)(w.requantization + w.blocks);
  w.output = tinyml_output_of(p->output_offset, p->act_min, p->act_max);
  tinyml_element *x = scratch;
  const ptrdiff_t row_size = w.words * TINYML_WORD;
  for (int32_t row = 0; row < p->rows; row += ROWS) {
    const int32_t rows = p->rows - row < ROWS ? p->rows - row : ROWS;
    for (int32_t r = 0; r < rows; r++) {
      tinyml_pad(x + (r + 1) * row_size - TINYML_WORD, TINYML_WORD, 0);
      tinyml_copy_elements(x + r * row_size, input, p->in_features, tinyml_image_offset(p->input_offset));
      input += p->in_features;
    }
    int64_t block = 0;
    for (; rows == ROWS && block + ROWS_BLOCKS <= w.blocks; block += ROWS_BLOCKS) {
      tinyml_vec sums[ROWS][ROWS_BLOCKS];
      multiply_rows(sums, x, w.weights + block * w.words * WEIGHTS, w.words);
      for (int32_t r = 0; r < ROWS; r++) {
        store_blocks(&w, sums[r], block, ROWS_BLOCKS, output + (int64_t)r * p->out_features);
      }
    }
    for (int32_t r = 0; r < rows; r++) run_row(&w, x + r * row_size, output + (int64_t)r * p->out_features, block);
    output += (int64_t)rows * p->out_features;
  }
}

const tinyml_functions TINYML_NAME(fully_connected_s8) = {supports, packed_bytes, pack, scratch_bytes, run};
