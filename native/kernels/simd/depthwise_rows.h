/* Depthwise convolution of rows. TINYML_WORD kernel rows at a time, a layer, are interleaved into words and multiplied by
 * one instruction.
 * Whoever includes this has said before where sums come from and go to: the type `depthwise_output`, and for a type
 * `work` with a member `rows`
 *   start_sums(w, sums, share), for `share` output rows of PARTS vectors in the order of tinyml_output_index,
 *   end_sums(sums, w, same, to, count), which writes up to WIDTH outputs of one row,
 *   begin_pattern(w, pattern).
 * There `w` is a copy of `same` that no function is given, so that it can stay in registers. */
#ifndef TINYML_SIMD_DEPTHWISE_ROWS_H
#define TINYML_SIMD_DEPTHWISE_ROWS_H

#include "depthwise_image.h"

/* sums[s] += words of the rows at a kernel column times the weights of output row s. */
TINYML_INLINE void accumulate(tinyml_vec sums[MAX_SHARE][PARTS], const int32_t share,
                              const tinyml_element *const rows[TINYML_WORD], ptrdiff_t at,
                              const tinyml_element *weights, ptrdiff_t weights_size) {
  tinyml_words words[PARTS];
  tinyml_interleave(words, rows, at);
  TINYML_UNROLL
  for (int32_t s = 0; s < share; s++) {
    TINYML_UNROLL
    for (int32_t j = 0; j < PARTS; j++) {
      const tinyml_element *with = weights + s * weights_size + j * TINYML_LANES * TINYML_WORD;
      sums[s][j] = tinyml_multiply_add(sums[s][j], words[j], tinyml_load_words(with));
    }
  }
}

/* Rows of a layer. Those beyond the last that has weights are any. */
TINYML_INLINE void layer_rows(const tinyml_element *rows[TINYML_WORD], const depthwise_rows *r, const tinyml_element *image,
                              int32_t layer, const int32_t used) {
  TINYML_UNROLL
  for (int32_t j = 0; j < TINYML_WORD; j++) {
    const int32_t row = layer * TINYML_WORD + j;
    rows[j] = image + (row < used ? row : layer * TINYML_WORD) * r->row_step;
  }
}

/* Outputs of one pattern in `share` rows: vectors at first, first + step, ... below `end`, but the last at `last`. */
TINYML_INLINE void run_rows(const work *same, const tinyml_element *image, depthwise_output *output, ptrdiff_t first,
                            ptrdiff_t step, ptrdiff_t end, ptrdiff_t last, const int32_t share) {
  const work copy = *same, *w = &copy;
  const depthwise_rows *r = &w->rows;
  for (ptrdiff_t next = first; next < end; next += step) {
    const ptrdiff_t at = next < last ? next : last;
    tinyml_vec sums[MAX_SHARE][PARTS];
    start_sums(w, sums, share);
    const tinyml_element *weights = r->weights;
    for (int32_t layer = 0; layer < r->layers; layer++) {
      const tinyml_element *rows[TINYML_WORD];
      layer_rows(rows, r, image, layer, r->kernel_h + (share - 1) * r->stride_h);
      for (int32_t x = 0; x < r->kernel_w; x++, weights += WIDTH * TINYML_WORD) {
        accumulate(sums, share, rows, at + r->taps[x], weights, r->weights_size);
      }
    }
    TINYML_UNROLL
    for (int32_t s = 0; s < share; s++) end_sums(sums[s], w, same, output + s * r->output_step + at, r->outputs - at);
  }
}

/* The same for 3x3 kernels. */
TINYML_INLINE void run_rows_3x3(const work *same, const tinyml_element *image, depthwise_output *output, ptrdiff_t first,
                                ptrdiff_t step, ptrdiff_t end, ptrdiff_t last, const int32_t share) {
  enum { LAYERS = (3 + TINYML_WORD - 1) / TINYML_WORD };
  const work copy = *same, *w = &copy;
  const depthwise_rows *r = &w->rows;
  const ptrdiff_t taps[3] = {r->taps[0], r->taps[1], r->taps[2]};
  const tinyml_element *rows[LAYERS][TINYML_WORD];
  TINYML_UNROLL
  for (int32_t layer = 0; layer < LAYERS; layer++) layer_rows(rows[layer], r, image, layer, share + 2);
  for (ptrdiff_t next = first; next < end; next += step) {
    const ptrdiff_t at = next < last ? next : last;
    tinyml_vec sums[MAX_SHARE][PARTS];
    start_sums(w, sums, share);
    TINYML_UNROLL
    for (int32_t tap = 0; tap < 3 * LAYERS; tap++) {
      accumulate(sums, share, rows[tap / 3], at + taps[tap % 3], r->weights + tap * WIDTH * TINYML_WORD, r->weights_size);
    }
    TINYML_UNROLL
    for (int32_t s = 0; s < share; s++) end_sums(sums[s], w, same, output + s * r->output_step + at, r->outputs - at);
  }
}

typedef void row_function(const work *, const tinyml_element *, depthwise_output *, ptrdiff_t, ptrdiff_t, ptrdiff_t,
                          ptrdiff_t);

#define ROWS(name, share)                                                                                 \
  static void name##_##share(const work *w, const tinyml_element *image, depthwise_output *output,        \
                             ptrdiff_t first, ptrdiff_t step, ptrdiff_t end, ptrdiff_t last) {            \
    name(w, image, output, first, step, end, last, share);                                                \
  }
ROWS(run_rows, 1)
ROWS(run_rows, 2)
ROWS(run_rows_3x3, 1)
ROWS(run_rows_3x3, 2)

/* Output rows [0, rows) of a band, with weights of all patterns. The last vector of a row is not cut but lies on the one
 * before, where there are outputs for one: the channels that it begins with are those of the last pattern. */
static void run_band(work *w, const layout *l, const tinyml_element *weights, const tinyml_element *image, int32_t rows,
                     depthwise_output *output) {
  static row_function *const functions[2][MAX_SHARE + 1] = {{NULL, run_rows_1, run_rows_2},
                                                            {NULL, run_rows_3x3_1, run_rows_3x3_2}};
  depthwise_rows *r = &w->rows;
  const bool square = r->kernel_h == 3 && r->kernel_w == 3, cut = r->outputs > WIDTH && r->outputs % WIDTH != 0;
  const ptrdiff_t step = l->patterns * (ptrdiff_t)WIDTH, last = r->outputs > WIDTH ? r->outputs - WIDTH : 0;
  for (int32_t pattern = 0; pattern < l->patterns; pattern++) {
    const ptrdiff_t first = pattern * (ptrdiff_t)WIDTH;
    const ptrdiff_t end = last + 1 + (cut && pattern == l->patterns - 1 ? step : 0);
    if (first >= end) continue;
    r->weights = weights + pattern * (l->share * l->weights_size);
    begin_pattern(w, pattern);
    for (int32_t row = 0; row < rows; row += l->share) {
      const int32_t share = rows - row < l->share ? rows - row : l->share;
      functions[square][share](w, image + row * r->stride_h * l->row_size, output + row * r->output_step, first, step,
                               end, last);
    }
  }
}

#endif
