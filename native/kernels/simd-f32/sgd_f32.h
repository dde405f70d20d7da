static void run_sgd_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_sgd_f32_params *p = params;
  const float *g = o[0], *control = o[1], *decays = o[2];
  const tinyml_vec rate = tinyml_splat(control[0]), decay = tinyml_splat(*decays);
  float *w = o[3];
  (void)packed;
  (void)scratch;
  TINYML_STREAM(p->size, {
    const tinyml_vec weight = tinyml_load_some(w + at, count);
    const tinyml_vec slope = tinyml_load_some(g + at, count) + decay * weight;
    tinyml_store_some(w + at, weight - rate * slope, count);
  });
}

const tinyml_functions TINYML_FUNCTIONS(sgd_f32) = {NULL, NULL, NULL, NULL, run_sgd_f32};
