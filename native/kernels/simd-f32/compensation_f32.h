static int64_t scratch_compensation_f32(const void *params) {
  const tinyml_compensation_f32_params *p = params;
  return (int64_t)sizeof(float) * tinyml_period(p->bias_size);
}

static void run_compensation_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_compensation_f32_params *p = params;
  const int32_t period = tinyml_period(p->bias_size);
  const float *bias = tinyml_repeated(o[0], p->bias_size, period, scratch), *alpha = o[1], *mu = o[2], *offset = o[3];
  float *y = o[4];
  (void)packed;
  TINYML_STREAM_ROWS(p->size, period, {
    const tinyml_vec scaled = tinyml_load_some(alpha + at, count) * tinyml_load_some(mu + at, count);
    const tinyml_vec added = scaled + tinyml_load_some(offset + at, count);
    tinyml_store_some(y + at, tinyml_load_some(bias + in, count) + added, count);
  })
}

const tinyml_functions TINYML_FUNCTIONS(compensation_f32) = {NULL, NULL, NULL, scratch_compensation_f32,
                                                             run_compensation_f32};
