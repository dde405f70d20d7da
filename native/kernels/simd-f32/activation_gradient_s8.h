static void run_activation_gradient_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_activation_gradient_s8_params *p = params;
  const int8_t *y = o[0];
  const float *quantizer = o[1], *bounds = o[2];
  const int32_t low = (int32_t)tinyml_code_of(bounds[0], quantizer, -129.0f, 128.0f);
  const int32_t high = (int32_t)tinyml_code_of(bounds[1], quantizer, -129.0f, 128.0f);
  float *g = o[3];
  tinyml_range range = tinyml_empty_range();
  (void)packed;
  (void)scratch;
  TINYML_STREAM(p->size, {
    const tinyml_ints code = tinyml_load_codes(y + at, count);
    const tinyml_ints inside = (tinyml_ints)(code > low) & (tinyml_ints)(code < high);
    const tinyml_vec kept = (tinyml_vec)((tinyml_ints)tinyml_load_some(g + at, count) & inside);
    tinyml_store_some(g + at, kept, count);
    tinyml_widen(&range, turn, kept, count);
  });
  tinyml_store_range(range, o[4]);
}

const tinyml_functions TINYML_FUNCTIONS(activation_gradient_s8) = {NULL, NULL, NULL, NULL, run_activation_gradient_s8};
