/* Four columns of numbers against rows of int8, as sums of 32 bits: the inner loops of the products of training, whose weights change and so
 * lie as they are. Written once per instruction set; tinyml_columns.c chooses. */
#ifndef TINYML_COLUMNS_H
#define TINYML_COLUMNS_H

#include <stdint.h>

/* Columns at a time, and numbers of one at most. */
enum { TINYML_COLUMNS = 4, TINYML_DEPTH = 64 };

#if defined(__ARM_FEATURE_DSP) && !defined(__ARM_FEATURE_MVE) && defined(__GNUC__)
#define TINYML_COLUMNS_DSP
enum { TINYML_COLUMN_WORDS = TINYML_COLUMNS * TINYML_DEPTH / 2 };
#else
enum { TINYML_COLUMN_WORDS = 1 };
#endif

/* As its inner loops take them; they may read the bytes that it is made of. */
typedef struct {
  const int8_t *from[TINYML_COLUMNS];
  int32_t depth, zero_point;
  uint32_t wide[TINYML_COLUMN_WORDS];
} tinyml_columns;

/* Rows, and where their sums go: steps are in elements. */
typedef struct {
  const int8_t *first;
  int32_t step, count;
  int32_t *sums;
  int32_t row_step, column_step;
  int32_t add; /* 1: to what is there; 0: in its place */
  int32_t sparse; /* 1: most codes of the rows are 0, as those of gradients are */
} tinyml_rows;

/* Columns of `depth` numbers: those of each are the codes at from[], less the zero point. */
void tinyml_set_columns(tinyml_columns *columns, const int8_t *const *from, int32_t depth, int32_t zero_point);

/* The same of codes that lie beside each other: four in each of `depth` places, or `count` of them, then the first column once more in the place of
 * the others. step: from place to place; room: for the columns, while they are used */
void tinyml_set_turned_columns(tinyml_columns *columns, const int8_t *from, int32_t step, int32_t count, int32_t depth, int32_t zero_point,
                               int8_t (*room)[TINYML_DEPTH]);

/* Of each row and column the sum of their products. Sums wrap. */
void tinyml_column_sums(const tinyml_columns *columns, const tinyml_rows *rows);

/* Codes of `channels` channels beside each other in each of `count` pixels, as a row for each channel. step: from pixel to pixel, to_step: from
 * row to row */
void tinyml_turn_codes(const int8_t *from, int32_t step, int32_t count, int32_t channels, int8_t *to, int32_t to_step);

/* The same sums of one column, of any depth; column_step is not used. */
void tinyml_one_column_sums(const int8_t *column, int32_t depth, int32_t zero_point, const tinyml_rows *rows);

#endif
