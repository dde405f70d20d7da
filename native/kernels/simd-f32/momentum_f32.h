static void run_momentum_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_momentum_f32_params *p = params;
  const float *g = o[0], *control = o[1], *settings = o[2];
  const tinyml_vec rate = tinyml_splat(control[0]);
  const tinyml_vec momentum = tinyml_splat(settings[0]), decay = tinyml_splat(settings[1]);
  float *w = o[3], *v = o[4];
  (void)packed;
  (void)scratch;
  TINYML_STREAM(p->size, {
    const tinyml_vec weight = tinyml_load_some(w + at, count);
    const tinyml_vec slope = tinyml_load_some(g + at, count) + decay * weight;
    const tinyml_vec velocity = momentum * tinyml_load_some(v + at, count) + slope;
    tinyml_store_some(v + at, velocity, count);
    tinyml_store_some(w + at, weight - rate * velocity, count);
  });
}

const tinyml_functions TINYML_FUNCTIONS(momentum_f32) = {NULL, NULL, NULL, NULL, run_momentum_f32};
