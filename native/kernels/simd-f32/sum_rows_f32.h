static int64_t scratch_sum_rows_f32(const void *params) {
  const tinyml_sum_rows_f32_params *p = params;
  return (int64_t)sizeof(double) * p->size;
}

static void run_sum_rows_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_sum_rows_f32_params *p = params;
  const double *sums = scratch;
  float *y = o[1];
  (void)packed;
  tinyml_sum_channels(o[0], p->rows, p->size, scratch);
  for (int32_t i = 0; i < p->size; i++) y[i] = (float)sums[i];
}

const tinyml_functions TINYML_FUNCTIONS(sum_rows_f32) = {NULL, NULL, NULL, scratch_sum_rows_f32, run_sum_rows_f32};
