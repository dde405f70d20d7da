static void run_decode_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_decode_s8_params *p = params;
  const int8_t *x = o[0];
  const float *quantizer = o[1];
  const int32_t zero_point = tinyml_zero_point(quantizer);
  const tinyml_vec scale = tinyml_splat(quantizer[TINYML_SCALE]);
  float *y = o[2];
  (void)packed;
  (void)scratch;
  TINYML_STREAM(p->size, {
    const tinyml_vec distance = tinyml_floats(tinyml_load_codes(x + at, count) - zero_point);
    tinyml_store_some(y + at, distance * scale, count);
  });
}

const tinyml_functions TINYML_FUNCTIONS(decode_s8) = {NULL, NULL, NULL, NULL, run_decode_s8};
