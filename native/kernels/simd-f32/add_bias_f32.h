static int64_t scratch_add_bias_f32(const void *params) {
  const tinyml_add_bias_f32_params *p = params;
  return (int64_t)sizeof(float) * tinyml_period(p->bias_size);
}

static void run_add_bias_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_add_bias_f32_params *p = params;
  const int32_t period = tinyml_period(p->bias_size);
  const float *x = o[0], *bias = tinyml_repeated(o[1], p->bias_size, period, scratch);
  float *y = o[2];
  (void)packed;
  TINYML_STREAM_ROWS(p->size, period, {
    const tinyml_vec sum = tinyml_load_some(x + at, count) + tinyml_load_some(bias + in, count);
    tinyml_store_some(y + at, sum, count);
  })
}

const tinyml_functions TINYML_FUNCTIONS(add_bias_f32) = {NULL, NULL, NULL, scratch_add_bias_f32, run_add_bias_f32};
