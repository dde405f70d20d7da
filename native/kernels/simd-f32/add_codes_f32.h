static void run_add_codes_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_add_codes_f32_params *p = params;
  const int8_t *a = o[0], *b = o[2];
  const float *of_a = o[1], *of_b = o[3];
  const int32_t zero_a = tinyml_zero_point(of_a), zero_b = tinyml_zero_point(of_b);
  const tinyml_vec scale_a = tinyml_splat(of_a[TINYML_SCALE]), scale_b = tinyml_splat(of_b[TINYML_SCALE]);
  float *y = o[4];
  tinyml_range range = tinyml_empty_range();
  (void)packed;
  (void)scratch;
  TINYML_STREAM(p->size, {
    const tinyml_vec first = tinyml_floats(tinyml_load_codes(a + at, count) - zero_a) * scale_a;
    const tinyml_vec sum = first + tinyml_floats(tinyml_load_codes(b + at, count) - zero_b) * scale_b;
    tinyml_store_some(y + at, sum, count);
    tinyml_widen(&range, turn, sum, count);
  });
  tinyml_store_range(range, o[5]);
}

const tinyml_functions TINYML_FUNCTIONS(add_codes_f32) = {NULL, NULL, NULL, NULL, run_add_codes_f32};
