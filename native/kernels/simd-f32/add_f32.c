static void run(const void *params, void *const *o, const void *packed, void *scratch) {
  const int32_t size = ((const tinyml_add_f32_params *)params)->size;
  const float *a = o[0], *b = o[1], *bounds = o[2];
  const tinyml_vec lowest = tinyml_splat(bounds[0]), highest = tinyml_splat(bounds[1]);
  float *y = o[3];
  (void)packed;
  (void)scratch;
  int32_t i = 0;
  for (; i <= size - TINYML_LANES; i += TINYML_LANES) {
    tinyml_store(y + i, tinyml_bound(tinyml_add(tinyml_load(a + i), tinyml_load(b + i)), lowest, highest));
  }
  if (i < size) {
    const tinyml_vec sum = tinyml_add(tinyml_load_first(a + i, size - i), tinyml_load_first(b + i, size - i));
    tinyml_store_first(y + i, tinyml_bound(sum, lowest, highest), size - i);
  }
}

const tinyml_functions TINYML_FUNCTIONS(add_f32) = {NULL, NULL, NULL, NULL, run};
