static float greatest_magnitude(const float *x, int32_t size) {
  const tinyml_ints magnitude = (tinyml_ints){0} + INT32_MAX;
  tinyml_range range = tinyml_empty_range();
  float extent[2];
  TINYML_STREAM(size, {
    const tinyml_vec v = (tinyml_vec)((tinyml_ints)tinyml_load_some(x + at, count) & magnitude);
    tinyml_widen(&range, turn, v, count);
  });
  tinyml_store_range(range, extent);
  return extent[1] > 0.0f ? extent[1] : 0.0f;
}

static void run_encode_weights_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_encode_weights_s8_params *p = params;
  const float *x = o[0];
  const tinyml_vec low = tinyml_splat((float)-p->limit), high = tinyml_splat((float)p->limit);
  int8_t *y = o[1];
  float *scale = o[2];
  (void)packed;
  (void)scratch;
  for (int32_t row = 0; row < p->rows; row++, x += p->columns, y += p->columns) {
    float quantizer[4];
    tinyml_set_quantizer(quantizer, greatest_magnitude(x, p->columns) / (float)p->limit, 0.0f);
    scale[row] = quantizer[TINYML_SCALE];
    const tinyml_vec inverse = tinyml_splat(quantizer[TINYML_INVERSE]);
    TINYML_STREAM(p->columns, {
      const tinyml_vec scaled = tinyml_within(tinyml_load_some(x + at, count) * inverse, low, high);
      tinyml_store_codes(y + at, tinyml_nearest_codes(scaled), count);
    });
  }
}

const tinyml_functions TINYML_FUNCTIONS(encode_weights_s8) = {NULL, NULL, NULL, NULL, run_encode_weights_s8};
