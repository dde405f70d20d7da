/* Rows of neighbours that are normalised alone; others by the portable body. */
#include "rows.h"

static int supports(const void *params) {
  const tinyml_normalize_f32_params *p = params;
  return p->positions == 1 && p->groups == 1;
}

/* As tinyml_sum_of_rows, of the squares of their differences to the means. */
static void sum_of_squares(const float *x, int32_t rows, int32_t size, const float *means, float *sums) {
  float totals[TINYML_ROWS] = {0};
  if (rows == TINYML_ROWS) {
    for (int32_t i = 0; i < size; i++) {
      TINYML_UNROLL
      for (int32_t row = 0; row < TINYML_ROWS; row++) {
        const float difference = x[row * size + i] - means[row];
        totals[row] = tinyml_fma(difference, difference, totals[row]);
      }
    }
  } else {
    for (int32_t i = 0; i < size; i++) {
      for (int32_t row = 0; row < rows; row++) {
        const float difference = x[row * size + i] - means[row];
        totals[row] = tinyml_fma(difference, difference, totals[row]);
      }
    }
  }
  memcpy(sums, totals, sizeof(totals));
}

static void run(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_normalize_f32_params p = *(const tinyml_normalize_f32_params *)params;
  const float *x = o[0], *gamma = o[1], *beta = o[2], *epsilon = o[3];
  const float count = (float)p.channels;
  float *y = o[4];
  (void)packed;
  (void)scratch;
  for (int32_t first = 0; first < p.batch; first += TINYML_ROWS, x += TINYML_ROWS * p.channels) {
    const int32_t rows = p.batch - first < TINYML_ROWS ? p.batch - first : TINYML_ROWS;
    float means[TINYML_ROWS] = {0}, squares[TINYML_ROWS];
    if (p.centred == 1) tinyml_sum_of_rows(x, rows, p.channels, means);
    for (int32_t row = 0; row < rows; row++) means[row] = means[row] / count;
    sum_of_squares(x, rows, p.channels, means, squares);
    for (int32_t row = 0; row < rows; row++, y += p.channels) {
      const tinyml_vec mean = tinyml_splat(means[row]);
      const tinyml_vec factor = tinyml_splat(1.0f / sqrtf(squares[row] / count + *epsilon));
      const float *from = x + row * p.channels;
      int32_t c = 0;
      for (; c <= p.channels - TINYML_LANES; c += TINYML_LANES) {
        const tinyml_vec v = tinyml_multiply(tinyml_load(from + c) - mean, factor);
        tinyml_store(y + c, tinyml_multiply_add(v, tinyml_load(gamma + c), tinyml_load(beta + c)));
      }
      for (; c < p.channels; c++) y[c] = tinyml_fma((from[c] - means[row]) * factor[0], gamma[c], beta[c]);
    }
  }
}

const tinyml_functions TINYML_FUNCTIONS(normalize_f32) = {supports, NULL, NULL, NULL, run};
