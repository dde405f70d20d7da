static void run_extent_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_extent_f32_params *p = params;
  const float *x = o[0];
  tinyml_range range = tinyml_empty_range();
  (void)packed;
  (void)scratch;
  TINYML_STREAM(p->size, tinyml_widen(&range, turn, tinyml_load_some(x + at, count), count));
  tinyml_store_range(range, o[1]);
}

const tinyml_functions TINYML_FUNCTIONS(extent_f32) = {NULL, NULL, NULL, NULL, run_extent_f32};
