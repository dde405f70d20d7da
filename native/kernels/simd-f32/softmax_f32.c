/* Rows of neighbours; others by the portable body. Powers lie in the scratch until their sum is known. */
#include "rows.h"

static int supports(const void *params) {
  return ((const tinyml_softmax_f32_params *)params)->inner == 1;
}

static int64_t scratch_bytes(const void *params) {
  return (int64_t)((const tinyml_softmax_f32_params *)params)->size * TINYML_ROWS * (int64_t)sizeof(float);
}

/* The greatest number; any where there is NaN. */
static float greatest(const float *x, int32_t size) {
  float most = x[0];
  int32_t i = 0;
  if (size >= TINYML_LANES) {
    float lanes[TINYML_LANES];
    tinyml_vec best = tinyml_load(x);
    for (i = TINYML_LANES; i <= size - TINYML_LANES; i += TINYML_LANES) best = tinyml_max(tinyml_load(x + i), best);
    tinyml_store(lanes, best);
    for (int32_t lane = 0; lane < TINYML_LANES; lane++) most = lanes[lane] > most ? lanes[lane] : most;
  }
  for (; i < size; i++) most = x[i] > most ? x[i] : most;
  return most;
}

static void run(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_softmax_f32_params p = *(const tinyml_softmax_f32_params *)params;
  const float *x = o[0];
  float *y = o[1], *powers = scratch;
  (void)packed;
  for (int32_t first = 0; first < p.outer; first += TINYML_ROWS) {
    const int32_t rows = p.outer - first < TINYML_ROWS ? p.outer - first : TINYML_ROWS;
    float most[TINYML_ROWS], sums[TINYML_ROWS];
    for (int32_t row = 0; row < rows; row++) {
      const float *from = x + (first + row) * p.size;
      most[row] = greatest(from, p.size);
      const tinyml_vec top = tinyml_splat(most[row]);
      TINYML_ROW(from, powers + row * p.size, p.size, tinyml_exp_f32(v - top));
    }
    tinyml_sum_of_rows(powers, rows, p.size, sums);
    for (int32_t row = 0; row < rows; row++) {
      const float *from = x + (first + row) * p.size;
      float *to = y + (first + row) * p.size;
      if (p.log == 1) {
        const tinyml_vec top = tinyml_splat(most[row]), shift = tinyml_log_f32(tinyml_splat(sums[row]));
        TINYML_ROW(from, to, p.size, (v - top) - shift);
      } else {
        const tinyml_vec sum = tinyml_splat(sums[row]);
        TINYML_ROW(powers + row * p.size, to, p.size, tinyml_divide(v, sum));
      }
    }
  }
}

const tinyml_functions TINYML_FUNCTIONS(softmax_f32) = {supports, NULL, NULL, scratch_bytes, run};
