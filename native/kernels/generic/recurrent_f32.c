#include "../tinyml_kernels.h"
#include "tinyml_elementary.h"

/* sums[j] = bias[j] + the sum of matrix[j][k] * x[k]. */
static void rows_of(float *sums, const float *matrix, const float *bias, int32_t rows, const float *x, int32_t count) {
  memcpy(sums, bias, (size_t)rows * sizeof(float));
  for (int32_t j = 0; j < rows; j += TINYML_CHAINS, matrix += TINYML_CHAINS * count) {
    tinyml_chains(sums + j, rows - j < TINYML_CHAINS ? rows - j : TINYML_CHAINS, x, matrix, count, count);
  }
}

/* The sum of matrix[k] * x[k], from the bias on. */
static float row_of(const float *matrix, float bias, const float *x, int32_t count) {
  tinyml_chains(&bias, 1, x, matrix, count, count);
  return bias;
}

void tinyml_recurrent_f32(const tinyml_recurrent_f32_params *params, const float *input, const float *initial_h,
                          const float *initial_c, const float *weights, const float *recurrent_weights,
                          const float *bias, const float *peepholes, float *output, float *state, void *scratch) {
  const tinyml_recurrent_f32_params p = *params;
  const int32_t n = p.hidden, rows = p.gates * n;
  float *sums = scratch, *kept = sums + rows;
  for (int32_t image = 0; image < p.batch; image++) {
    const float *h = initial_h + image * n;
    float *c = state + image * n;
    if (p.gates == 4) memcpy(c, initial_c + image * n, (size_t)n * sizeof(float));
    for (int32_t step = 0; step < p.steps; step++) {
      const int32_t time = p.reverse ? p.steps - 1 - step : step;
      const float *x = input + (time * p.batch + image) * p.input_size;
      float *y = output + ((time * p.directions + p.direction) * p.batch + image) * n;
      rows_of(sums, weights, bias, rows, x, p.input_size);
      /* All but the candidate of a GRU, which wants the sum of its state apart. */
      const int32_t joined = p.gates == 3 ? 2 * n : rows;
      for (int32_t j = 0; j < joined; j++) {
        sums[j] += row_of(recurrent_weights + j * n, bias[rows + j], h, n);
      }
      switch (p.gates) {
        case 4:
          for (int32_t i = 0; i < n; i++) {
            const float forget = tinyml_sigmoid_f32(tinyml_fma(peepholes[2 * n + i], c[i], sums[2 * n + i]));
            const float enter = tinyml_sigmoid_f32(tinyml_fma(peepholes[i], c[i], sums[i]));
            c[i] = tinyml_fma(forget, c[i], enter * tinyml_tanh_f32(sums[3 * n + i]));
            y[i] = tinyml_sigmoid_f32(tinyml_fma(peepholes[n + i], c[i], sums[n + i])) * tinyml_tanh_f32(c[i]);
          }
          break;
        case 3:
          for (int32_t i = 0; i < n; i++) {
            sums[n + i] = tinyml_sigmoid_f32(sums[n + i]);
            kept[i] = h[i] * sums[n + i];
          }
          for (int32_t i = 0; i < n; i++) {
            const int32_t j = 2 * n + i;
            const float *matrix = recurrent_weights + j * n;
            const float candidate = p.reset_after ? sums[n + i] * row_of(matrix, bias[rows + j], h, n)
                                                  : row_of(matrix, bias[rows + j], kept, n);
            const float fresh = tinyml_tanh_f32(sums[j] + candidate);
            y[i] = tinyml_fma(tinyml_sigmoid_f32(sums[i]), h[i] - fresh, fresh);
          }
          break;
        default:
          for (int32_t i = 0; i < n; i++) y[i] = tinyml_tanh_f32(sums[i]);
      }
      h = y;
    }
    if (p.gates != 4) memcpy(c, h, (size_t)n * sizeof(float));
  }
}
