#include "product.h"

#include <stdlib.h>
#include <string.h>

#include "product_loops.h"

enum { CACHE_LINE = 64 };

struct tinyml_product {
  tinyml_product_shape shape;
  const tinyml_product_loops *loops;
  int64_t x_span, out_span; /* elements from the first to the last that is touched */
  double *weights;          /* per group in blocks of rows */
  double *bias;
  int32_t *offsets, *starts;
};

static const tinyml_product_loops *loops_for(tinyml_isa isa) {
#if defined(__x86_64__)
  if (isa == TINYML_ISA_AVX512VNNI) return &tinyml_product_loops_avx512;
  if (isa == TINYML_ISA_AVX2) return &tinyml_product_loops_avx2;
#endif
  (void)isa;
  return &tinyml_product_loops_generic;
}

static int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

/* Rows [count][depth] as a block [depth][count]. */
static void pack_block(const float *rows, int64_t count, int64_t depth, double *packed) {
  for (int64_t r = 0; r < count; r++) {
    for (int64_t k = 0; k < depth; k++) packed[k * count + r] = rows[r * depth + k];
  }
}

static void pack(const tinyml_product_shape *s, const float *weights, double *packed) {
  for (int64_t group = 0; group < s->groups; group++) {
    for (int64_t row = 0; row < s->rows; row += TINYML_PRODUCT_ROWS) {
      const int64_t count = least(TINYML_PRODUCT_ROWS, s->rows - row), at = (group * s->rows + row) * s->depth;
      pack_block(weights + at, count, s->depth, packed + at);
    }
  }
}

/* Greatest of indices, -1 where there are none, or -2 where one is negative. */
static int64_t greatest(const int32_t *indices, int64_t count) {
  int64_t most = -1;
  for (int64_t i = 0; i < count; i++) {
    if (indices[i] < 0) return -2;
    if (indices[i] > most) most = indices[i];
  }
  return most;
}

static void *copy(const void *from, size_t bytes) {
  void *block = malloc(bytes > 0 ? bytes : 1);
  if (block != NULL && bytes > 0) memcpy(block, from, bytes);
  return block;
}

tinyml_product *tinyml_product_create(const tinyml_product_shape *shape, const float *weights, const double *bias,
                                      const int32_t *offsets, const int32_t *starts, tinyml_isa isa) {
  const tinyml_product_shape s = *shape;
  const int64_t last_offset = greatest(offsets, s.depth), last_start = greatest(starts, s.columns);
  if (isa > tinyml_isa_native() || last_offset < -1 || last_start < -1) return NULL;
  tinyml_product *product = calloc(1, sizeof(*product));
  if (product == NULL) return NULL;
  const int64_t rows = s.groups * s.rows;
  const int empty = rows == 0 || s.columns == 0;
  product->shape = s;
  product->loops = loops_for(isa);
  product->x_span = empty ? 0 : (s.groups - 1) * s.group_stride + last_offset + last_start + 1;
  product->out_span = empty ? 0 : (rows - 1) * s.row_stride + (s.columns - 1) * s.column_stride + 1;
  product->weights = calloc((size_t)(rows * s.depth) + 1, sizeof(double));
  product->bias = copy(bias, (size_t)rows * sizeof(double));
  product->offsets = copy(offsets, (size_t)s.depth * sizeof(int32_t));
  product->starts = copy(starts, (size_t)s.columns * sizeof(int32_t));
  if (product->weights == NULL || product->bias == NULL || product->offsets == NULL || product->starts == NULL) {
    tinyml_product_free(product);
    return NULL;
  }
  pack(&s, weights, product->weights);
  return product;
}

void tinyml_product_free(tinyml_product *product) {
  if (product == NULL) return;
  free(product->weights);
  free(product->bias);
  free(product->offsets);
  free(product->starts);
  free(product);
}

int64_t tinyml_product_bytes(const tinyml_product *product) {
  const tinyml_product_shape *s = &product->shape;
  return (s->groups * s->rows * (s->depth + 1)) * (int64_t)sizeof(double) +
         (s->depth + s->columns) * (int64_t)sizeof(int32_t);
}

static void store(const tinyml_product_output *out, int64_t at, double value) {
  if (out->narrow != NULL) {
    out->narrow[at] = (float)value;
  } else {
    out->wide[at] = value;
  }
}

/* Columns [first, first + count) of a group whose x starts at `x`. */
static void multiply_panel(const tinyml_product *p, const float *x, int64_t group, int64_t first, int64_t count,
                           const tinyml_product_output *out, int64_t out_start, double *panel) {
  const tinyml_product_shape *s = &p->shape;
  const int64_t width = p->loops->width;
  double tile[TINYML_PRODUCT_ROWS * TINYML_PRODUCT_MAX_WIDTH];
  p->loops->gather(x, p->offsets, s->depth, p->starts + first, count, panel);
  for (int64_t row = 0; row < s->rows; row += TINYML_PRODUCT_ROWS) {
    const int64_t rows = least(TINYML_PRODUCT_ROWS, s->rows - row), first_row = group * s->rows + row;
    p->loops->multiply(p->weights + first_row * s->depth, rows, panel, s->depth, tile);
    for (int64_t r = 0; r < rows; r++) {
      const double bias = p->bias[first_row + r];
      const int64_t at = out_start + (first_row + r) * s->row_stride + first * s->column_stride;
      for (int64_t j = 0; j < count; j++) store(out, at + j * s->column_stride, tile[r * width + j] + bias);
    }
  }
}

static void multiply_column(const tinyml_product *p, const float *x, int64_t group, int64_t column,
                            const tinyml_product_output *out, int64_t out_start, double *panel, double *sums) {
  const tinyml_product_shape *s = &p->shape;
  const int64_t first_row = group * s->rows;
  for (int64_t k = 0; k < s->depth; k++) panel[k] = x[p->offsets[k] + p->starts[column]];
  p->loops->multiply_column(p->weights + first_row * s->depth, s->rows, panel, s->depth, sums);
  for (int64_t r = 0; r < s->rows; r++) {
    const int64_t at = out_start + (first_row + r) * s->row_stride + column * s->column_stride;
    store(out, at, sums[r] + p->bias[first_row + r]);
  }
}

int tinyml_product_run(const tinyml_product *product, const float *x, int64_t x_length, int64_t from,
                       const tinyml_product_output *out, int64_t out_start) {
  const tinyml_product_shape *s = &product->shape;
  if (from < 0 || product->x_span > x_length - from) return 0;
  if (out_start < 0 || product->out_span > out->length - out_start) return 0;
  const int64_t width = product->loops->width;
  const size_t bytes = (size_t)(s->depth * width + s->rows) * sizeof(double);
  double *panel = aligned_alloc(CACHE_LINE, bytes / CACHE_LINE * CACHE_LINE + CACHE_LINE);
  if (panel == NULL) return 0;
  double *sums = panel + s->depth * width;
  for (int64_t group = 0; group < s->groups; group++) {
    const float *plane = x + from + group * s->group_stride;
    for (int64_t first = 0; first < s->columns; first += width) {
      const int64_t count = least(width, s->columns - first);
      /* A panel costs as much for few columns as for all. */
      if (count * 4 > width) {
        multiply_panel(product, plane, group, first, count, out, out_start, panel);
      } else {
        for (int64_t column = first; column < first + count; column++) {
          multiply_column(product, plane, group, column, out, out_start, panel, sums);
        }
      }
    }
  }
  free(panel);
  return 1;
}
