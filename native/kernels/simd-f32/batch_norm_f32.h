TINYML_INLINE void square_block(int32_t vectors, const float *x, const float *mean, int32_t rows, int32_t channels,
                                double *squares) {
  tinyml_doubles acc[4] = {{0}}, centre[4];
  TINYML_UNROLL
  for (int32_t v = 0; v < vectors; v++) centre[v] = tinyml_double(tinyml_load_half(mean + v * TINYML_HALF));
  for (int32_t row = 0; row < rows; row++, x += channels) {
    TINYML_UNROLL
    for (int32_t v = 0; v < vectors; v++) {
      const tinyml_doubles distance = tinyml_double(tinyml_load_half(x + v * TINYML_HALF)) - centre[v];
      acc[v] += distance * distance;
    }
  }
  memcpy(squares, acc, (size_t)vectors * sizeof(tinyml_doubles));
}

static void square_few(const float *x, const float *mean, int32_t rows, int32_t channels, double *squares) {
  double acc[TINYML_HALF] = {0};
  for (int32_t row = 0; row < rows; row++) {
    for (int32_t c = 0; c < channels; c++) {
      const double distance = (double)*x++ - (double)mean[c];
      acc[c] += distance * distance;
    }
  }
  memcpy(squares, acc, (size_t)channels * sizeof(double));
}

static int64_t scratch_batch_norm_f32(const void *params) {
  const tinyml_batch_norm_f32_params *p = params;
  return (int64_t)sizeof(double) * p->channels + 3 * (int64_t)sizeof(float) * tinyml_period(p->channels);
}

static float moved(float running, float batch, float momentum) {
  return running + momentum * (batch - running);
}

static void run_batch_norm_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_batch_norm_f32_params *p = params;
  const int32_t rows = p->rows, channels = p->channels, period = tinyml_period(channels);
  const float *x = o[0], *gamma = o[1], *settings = o[3];
  float *y = o[4], *running_mean = o[5], *running_variance = o[6], *mean = o[7], *inverse = mean + channels;
  double *sums = scratch;
  float *factors = (float *)(sums + channels);
  (void)packed;
  tinyml_sum_channels(x, rows, channels, sums);
  for (int32_t c = 0; c < channels; c++) mean[c] = (float)(sums[c] / (double)rows);
#define BLOCK(vectors) square_block(vectors, x + first, mean + first, rows, channels, sums + first)
  TINYML_CHANNEL_BLOCKS(channels, BLOCK, square_few(x, mean, rows, channels, sums));
#undef BLOCK
  for (int32_t c = 0; c < channels; c++) {
    inverse[c] = (float)(1.0 / sqrt(sums[c] / (double)rows + (double)settings[0]));
    factors[c] = gamma[c] * inverse[c];
    running_mean[c] = moved(running_mean[c], mean[c], settings[1]);
    running_variance[c] = moved(running_variance[c], (float)(sums[c] / (double)(rows > 1 ? rows - 1 : 1)), settings[1]);
  }
  tinyml_repeated(factors, channels, period, factors);
  const float *means = tinyml_repeated(mean, channels, period, factors + period);
  const float *betas = tinyml_repeated(o[2], channels, period, factors + 2 * (ptrdiff_t)period);
  tinyml_range range = tinyml_empty_range();
  TINYML_STREAM_ROWS(rows * channels, period, {
    const tinyml_vec centred = tinyml_load_some(x + at, count) - tinyml_load_some(means + in, count);
    const tinyml_vec value = centred * tinyml_load_some(factors + in, count) + tinyml_load_some(betas + in, count);
    tinyml_store_some(y + at, value, count);
    tinyml_widen(&range, turn, value, count);
  })
  tinyml_store_range(range, o[8]);
}

const tinyml_functions TINYML_FUNCTIONS(batch_norm_f32) = {NULL, NULL, NULL, scratch_batch_norm_f32,
                                                           run_batch_norm_f32};
