/* The input of a normalisation: float32 numbers, or codes where `codes` is not NULL. */
typedef struct {
  const float *floats;
  const int8_t *codes;
  int32_t zero_point;
  float scale;
} norm_input;

TINYML_INLINE tinyml_half half_of(norm_input x, ptrdiff_t at) {
  if (x.codes == NULL) return tinyml_load_half(x.floats + at);
  return tinyml_half_of_codes(x.codes + at, x.zero_point) * x.scale;
}

TINYML_INLINE tinyml_vec some_of(norm_input x, ptrdiff_t at, int32_t count) {
  if (x.codes == NULL) return tinyml_load_some(x.floats + at, count);
  return tinyml_floats(tinyml_load_codes(x.codes + at, count) - x.zero_point) * tinyml_splat(x.scale);
}

typedef struct {
  int32_t rows, channels;
  const float *mean, *inverse, *gradient;
  double *sums, *products;
} norm_chains;

TINYML_INLINE void chain_block(int32_t vectors, norm_input x, norm_chains n, int32_t first) {
  tinyml_doubles sums[4] = {{0}}, products[4] = {{0}};
  tinyml_half mean[4], inverse[4];
  TINYML_UNROLL
  for (int32_t v = 0; v < vectors; v++) {
    mean[v] = tinyml_load_half(n.mean + first + v * TINYML_HALF);
    inverse[v] = tinyml_load_half(n.inverse + first + v * TINYML_HALF);
  }
  ptrdiff_t at = first;
  for (int32_t row = 0; row < n.rows; row++, at += n.channels) {
    TINYML_UNROLL
    for (int32_t v = 0; v < vectors; v++) {
      const tinyml_doubles g = tinyml_double(tinyml_load_half(n.gradient + at + v * TINYML_HALF));
      sums[v] += g;
      products[v] += g * tinyml_double((half_of(x, at + v * TINYML_HALF) - mean[v]) * inverse[v]);
    }
  }
  memcpy(n.sums + first, sums, (size_t)vectors * sizeof(tinyml_doubles));
  memcpy(n.products + first, products, (size_t)vectors * sizeof(tinyml_doubles));
}

static void chain_few(norm_input x, norm_chains n) {
  double sums[TINYML_HALF] = {0}, products[TINYML_HALF] = {0};
  ptrdiff_t at = 0;
  for (int32_t row = 0; row < n.rows; row++) {
    for (int32_t c = 0; c < n.channels; c++, at++) {
      const float value = x.codes == NULL ? x.floats[at] : tinyml_real_of(x.codes[at], x.zero_point, x.scale);
      sums[c] += (double)n.gradient[at];
      products[c] += (double)n.gradient[at] * (double)((value - n.mean[c]) * n.inverse[c]);
    }
  }
  memcpy(n.sums, sums, (size_t)n.channels * sizeof(double));
  memcpy(n.products, products, (size_t)n.channels * sizeof(double));
}

static int64_t scratch_batch_norm_gradient(const void *params) {
  const tinyml_batch_norm_f32_params *p = params;
  return 2 * (int64_t)sizeof(double) * p->channels + 5 * (int64_t)sizeof(float) * tinyml_period(p->channels);
}

TINYML_INLINE void norm_gradient(const tinyml_batch_norm_f32_params *p, norm_input x, const float *statistics,
                                 const float *gamma, float *g, float *gamma_gradient, float *beta_gradient,
                                 void *scratch) {
  const int32_t rows = p->rows, channels = p->channels, period = tinyml_period(channels);
  double *sums = scratch, *products = sums + channels;
  const norm_chains n = {rows, channels, statistics, statistics + channels, g, sums, products};
  TINYML_CHANNEL_BLOCKS(channels, chain_block(4, x, n, first), chain_block(1, x, n, first), chain_few(x, n));
  float *shifts = (float *)(products + channels), *slopes = shifts + period, *factors = slopes + period;
  for (int32_t c = 0; c < channels; c++) {
    beta_gradient[c] = (float)sums[c];
    gamma_gradient[c] = (float)products[c];
    shifts[c] = (float)(sums[c] / (double)rows);
    slopes[c] = (float)(products[c] / (double)rows);
    factors[c] = gamma[c] * n.inverse[c];
  }
  tinyml_repeated(shifts, channels, period, shifts);
  tinyml_repeated(slopes, channels, period, slopes);
  tinyml_repeated(factors, channels, period, factors);
  const float *means = tinyml_repeated(n.mean, channels, period, factors + period);
  const float *inverses = tinyml_repeated(n.inverse, channels, period, factors + 2 * (ptrdiff_t)period);
  TINYML_STREAM_ROWS(rows * channels, period, {
    const tinyml_vec centred = some_of(x, at, count) - tinyml_load_some(means + in, count);
    const tinyml_vec normalised = centred * tinyml_load_some(inverses + in, count);
    const tinyml_vec common =
        tinyml_load_some(shifts + in, count) + normalised * tinyml_load_some(slopes + in, count);
    const tinyml_vec left = tinyml_load_some(g + at, count) - common;
    tinyml_store_some(g + at, tinyml_load_some(factors + in, count) * left, count);
  })
}

static void run_batch_norm_gradient_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  const float *quantiser = o[1];
  const norm_input x = {NULL, o[0], tinyml_zero_point(quantiser), quantiser[TINYML_SCALE]};
  (void)packed;
  norm_gradient(params, x, o[2], o[3], o[4], o[5], o[6], scratch);
}

static void run_batch_norm_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  const norm_input x = {o[0], NULL, 0, 0.0f};
  (void)packed;
  norm_gradient(params, x, o[1], o[2], o[3], o[4], o[5], scratch);
}

const tinyml_functions TINYML_FUNCTIONS(batch_norm_gradient_s8) = {NULL, NULL, NULL, scratch_batch_norm_gradient,
                                                                   run_batch_norm_gradient_s8};
const tinyml_functions TINYML_FUNCTIONS(batch_norm_gradient_f32) = {NULL, NULL, NULL, scratch_batch_norm_gradient,
                                                                    run_batch_norm_gradient_f32};
