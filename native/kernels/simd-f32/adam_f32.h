static void run_adam_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_adam_f32_params *p = params;
  const float *g = o[0], *control = o[1], *settings = o[2];
  const tinyml_vec rate = tinyml_splat(control[0]);
  const tinyml_vec correction1 = tinyml_splat(control[1]), correction2 = tinyml_splat(control[2]);
  const tinyml_vec beta1 = tinyml_splat(settings[0]), beta2 = tinyml_splat(settings[1]);
  const tinyml_vec rest1 = tinyml_splat(1.0f - settings[0]), rest2 = tinyml_splat(1.0f - settings[1]);
  const tinyml_vec epsilon = tinyml_splat(settings[2]), decay = tinyml_splat(settings[3]);
  float *w = o[3], *m = o[4], *v = o[5];
  (void)packed;
  (void)scratch;
  TINYML_STREAM(p->size, {
    const tinyml_vec weight = tinyml_load_some(w + at, count);
    const tinyml_vec slope = tinyml_load_some(g + at, count) + decay * weight;
    const tinyml_vec mean = beta1 * tinyml_load_some(m + at, count) + rest1 * slope;
    const tinyml_vec square = beta2 * tinyml_load_some(v + at, count) + rest2 * (slope * slope);
    const tinyml_vec root = tinyml_sqrt(square * correction2);
    tinyml_store_some(m + at, mean, count);
    tinyml_store_some(v + at, square, count);
    tinyml_store_some(w + at, weight - rate * ((mean * correction1) / (root + epsilon)), count);
  });
}

const tinyml_functions TINYML_FUNCTIONS(adam_f32) = {NULL, NULL, NULL, NULL, run_adam_f32};
