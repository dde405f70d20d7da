static void run(const void *params, void *const *o, const void *packed, void *scratch) {
  const int32_t size = ((const tinyml_clamp_f32_params *)params)->size;
  const float *x = o[0], *bounds = o[1];
  const tinyml_vec lowest = tinyml_splat(bounds[0]), highest = tinyml_splat(bounds[1]);
  float *y = o[2];
  (void)packed;
  (void)scratch;
  int32_t i = 0;
  for (; i <= size - TINYML_LANES; i += TINYML_LANES) {
    tinyml_store(y + i, tinyml_bound(tinyml_load(x + i), lowest, highest));
  }
  if (i < size) {
    tinyml_store_first(y + i, tinyml_bound(tinyml_load_first(x + i, size - i), lowest, highest), size - i);
  }
}

const tinyml_functions TINYML_FUNCTIONS(clamp_f32) = {NULL, NULL, NULL, NULL, run};
