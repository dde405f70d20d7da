static void run_activation_gradient_f32(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_activation_gradient_f32_params *p = params;
  const float *y = o[0], *bounds = o[1];
  const tinyml_vec low = tinyml_splat(bounds[0]), high = tinyml_splat(bounds[1]);
  float *g = o[2];
  tinyml_range range = tinyml_empty_range();
  (void)packed;
  (void)scratch;
  TINYML_STREAM(p->size, {
    const tinyml_vec value = tinyml_load_some(y + at, count);
    const tinyml_ints outside = (tinyml_ints)(value <= low) | (tinyml_ints)(value >= high); /* NaN is inside */
    const tinyml_vec kept = (tinyml_vec)((tinyml_ints)tinyml_load_some(g + at, count) & ~outside);
    tinyml_store_some(g + at, kept, count);
    tinyml_widen(&range, turn, kept, count);
  });
  tinyml_store_range(range, o[3]);
}

const tinyml_functions TINYML_FUNCTIONS(activation_gradient_f32) = {NULL, NULL, NULL, NULL, run_activation_gradient_f32};
