/* The loops of products, compiled once for each instruction set. */
#ifndef TINYML_PRODUCT_LOOPS_H
#define TINYML_PRODUCT_LOOPS_H

#include <stdint.h>

/* Rows of weights that are multiplied together. The rows of a group are packed in blocks of as many, [depth][rows]; the
 * last block has what is left. */
enum { TINYML_PRODUCT_ROWS = 4 };

/* Columns that are multiplied together, at most. */
enum { TINYML_PRODUCT_MAX_WIDTH = 16 };

typedef struct {
  int64_t width; /* columns that are multiplied together */
  /* panel[k][j] = x[offsets[k] + starts[j]] for j in [0, width), where columns beyond `columns` repeat the last. */
  void (*gather)(const float *x, const int32_t *offsets, int64_t depth, const int32_t *starts, int64_t columns,
                 double *panel);
  /* tile[r][j] = sum of weights[k][r] * panel[k][j] for r in [0, rows), rows in [1, TINYML_PRODUCT_ROWS]. */
  void (*multiply)(const double *weights, int64_t rows, const double *panel, int64_t depth, double *tile);
  /* sums[r] = sum of weights[k][r] * column[k]; blocks of all rows follow each other. */
  void (*multiply_column)(const double *weights, int64_t rows, const double *column, int64_t depth, double *sums);
} tinyml_product_loops;

extern const tinyml_product_loops tinyml_product_loops_generic;
#if defined(__x86_64__)
extern const tinyml_product_loops tinyml_product_loops_avx2;
extern const tinyml_product_loops tinyml_product_loops_avx512;
#endif

#endif
