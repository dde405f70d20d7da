/*
 * Sums of products in float64: the work of Conv, Gemm and MatMul on the host (src/ops/products.ts).
 *
 * Rows of weights times columns that are gathered from a tensor x, for every group g, row r and column c:
 *
 *   out[(g * rows + r) * row_stride + c * column_stride] =
 *       sum over k of weights[g * rows + r][k] * x[g * group_stride + offsets[k] + starts[c]], plus bias[g * rows + r]
 *
 * Products of float32 numbers are exact in float64 and are summed in the order of k, the bias last: every instruction
 * set gives the same bits, and the TypeScript loops too.
 */
#ifndef TINYML_PRODUCT_H
#define TINYML_PRODUCT_H

#include <stdint.h>

#include "../engine/isa.h"

typedef struct {
  int64_t groups, rows, depth, columns;            /* each in [0, 2^31) */
  int64_t group_stride, row_stride, column_stride; /* each in [0, 2^31) */
} tinyml_product_shape;

/* A product with its weights packed. Immutable: threads may run it at the same time. */
typedef struct tinyml_product tinyml_product;

/* Copies weights [groups * rows][depth], bias [groups * rows], offsets [depth] and starts [columns]. NULL without memory,
 * or where an offset or a start is negative, or where this processor lacks the instruction set. */
tinyml_product *tinyml_product_create(const tinyml_product_shape *shape, const float *weights, const double *bias,
                                      const int32_t *offsets, const int32_t *starts, tinyml_isa isa);

/* The tensor out, of float or of double. */
typedef struct {
  float *narrow;
  double *wide; /* used where narrow is NULL */
  int64_t length;
} tinyml_product_output;

/* x starts at x[from] and out at out[out_start]. 0 where they are too short or there is no memory, and nothing is done. */
int tinyml_product_run(const tinyml_product *product, const float *x, int64_t x_length, int64_t from,
                       const tinyml_product_output *out, int64_t out_start);

void tinyml_product_free(tinyml_product *product);

/* Memory that a product holds. */
int64_t tinyml_product_bytes(const tinyml_product *product);

#endif
