/* The input of a normalisation: float32 numbers, or codes where `codes` is not NULL. */
typedef struct {
  const float *floats;
  const int8_t *codes;
  int32_t zero_point;
  float scale;
} norm_input;

TINYML_INLINE tinyml_vec some_of(norm_input x, ptrdiff_t at, int32_t count) {
  if (x.codes == NULL) return tinyml_load_some(x.floats + at, count);
  return tinyml_floats(tinyml_load_codes(x.codes + at, count) - x.zero_point) * tinyml_splat(x.scale);
}

/* Goes on with the chains of g and of g times h. */
TINYML_INLINE void chain_block(int32_t vectors, const float *g, const float *h, int32_t rows, int32_t channels,
                               double *sums, double *products) {
  tinyml_doubles sum[4], product[4];
  memcpy(sum, sums, (size_t)vectors * sizeof(tinyml_doubles));
  memcpy(product, products, (size_t)vectors * sizeof(tinyml_doubles));
  for (int32_t row = 0; row < rows; row++, g += channels, h += channels) {
    TINYML_UNROLL
    for (int32_t v = 0; v < vectors; v++) {
      const tinyml_doubles gradient = tinyml_double(tinyml_load_half(g + v * TINYML_HALF));
      sum[v] += gradient;
      product[v] += gradient * tinyml_double(tinyml_load_half(h + v * TINYML_HALF));
    }
  }
  memcpy(sums, sum, (size_t)vectors * sizeof(tinyml_doubles));
  memcpy(products, product, (size_t)vectors * sizeof(tinyml_doubles));
}

/* The same of the last channels, fewer than a vector. */
static void chain_few(const float *g, const float *h, int32_t rows, int32_t channels, int32_t few, double *sums,
                      double *products) {
  double sum[TINYML_HALF], product[TINYML_HALF];
  memcpy(sum, sums, (size_t)few * sizeof(double));
  memcpy(product, products, (size_t)few * sizeof(double));
  for (int32_t row = 0; row < rows; row++, g += channels, h += channels) {
    for (int32_t c = 0; c < few; c++) {
      sum[c] += (double)g[c];
      product[c] += (double)g[c] * (double)h[c];
    }
  }
  memcpy(sums, sum, (size_t)few * sizeof(double));
  memcpy(products, product, (size_t)few * sizeof(double));
}

/* Rows that are normalised at a time: few, to stay in the nearest cache. */
static int32_t rows_at_once(int32_t channels) {
  return channels < 2048 ? 2048 / channels : 1;
}

static int64_t scratch_batch_norm_gradient(const void *params) {
  const tinyml_batch_norm_f32_params *p = params;
  return 2 * (int64_t)sizeof(double) * p->channels + 5 * (int64_t)sizeof(float) * tinyml_period(p->channels) +
         (int64_t)sizeof(float) * rows_at_once(p->channels) * p->channels;
}

TINYML_INLINE void norm_gradient(const tinyml_batch_norm_f32_params *p, norm_input x, const float *statistics,
                                 const float *gamma, float *g, float *gamma_gradient, float *beta_gradient,
                                 void *scratch) {
  const int32_t rows = p->rows, channels = p->channels, period = tinyml_period(channels);
  const int32_t at_once = rows_at_once(channels);
  const float *inverse = statistics + channels;
  double *sums = scratch, *products = sums + channels;
  float *shifts = (float *)(products + channels), *slopes = shifts + period, *factors = slopes + period;
  float *h = factors + 3 * (ptrdiff_t)period;
  const float *means = tinyml_repeated(statistics, channels, period, factors + period);
  const float *inverses = tinyml_repeated(inverse, channels, period, factors + 2 * (ptrdiff_t)period);
  memset(sums, 0, 2 * (size_t)channels * sizeof(double));
  for (int32_t row = 0; row < rows; row += at_once) {
    const int32_t some = rows - row < at_once ? rows - row : at_once;
    const ptrdiff_t start = (ptrdiff_t)row * channels;
    TINYML_STREAM_ROWS(some * channels, period, {
      const tinyml_vec centred = some_of(x, start + at, count) - tinyml_load_some(means + in, count);
      tinyml_store_some(h + at, centred * tinyml_load_some(inverses + in, count), count);
    })
    int32_t c = 0;
    for (; c <= channels - 4 * TINYML_HALF; c += 4 * TINYML_HALF) {
      chain_block(4, g + start + c, h + c, some, channels, sums + c, products + c);
    }
    for (; c <= channels - 2 * TINYML_HALF; c += 2 * TINYML_HALF) {
      chain_block(2, g + start + c, h + c, some, channels, sums + c, products + c);
    }
    for (; c <= channels - TINYML_HALF; c += TINYML_HALF) {
      chain_block(1, g + start + c, h + c, some, channels, sums + c, products + c);
    }
    if (c < channels) chain_few(g + start + c, h + c, some, channels, channels - c, sums + c, products + c);
  }
  for (int32_t c = 0; c < channels; c++) {
    beta_gradient[c] = (float)sums[c];
    gamma_gradient[c] = (float)products[c];
    shifts[c] = (float)(sums[c] / (double)rows);
    slopes[c] = (float)(products[c] / (double)rows);
    factors[c] = gamma[c] * inverse[c];
  }
  tinyml_repeated(shifts, channels, period, shifts);
  tinyml_repeated(slopes, channels, period, slopes);
  tinyml_repeated(factors, channels, period, factors);
  TINYML_STREAM_ROWS(rows * channels, period, {
    const tinyml_vec centred = some_of(x, at, count) - tinyml_load_some(means + in, count);
    const tinyml_vec normalised = centred * tinyml_load_some(inverses + in, count);
    const tinyml_vec common = tinyml_load_some(shifts + in, count) + normalised * tinyml_load_some(slopes + in, count);
    const tinyml_vec left = tinyml_load_some(g + at, count) - common;
    tinyml_store_some(g + at, tinyml_load_some(factors + in, count) * left, count);
  })
}

static void run_batch_norm_gradient_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  const float *quantizer = o[1];
  const norm_input x = {NULL, o[0], tinyml_zero_point(quantizer), quantizer[TINYML_SCALE]};
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
