static void run_decode_weights_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_decode_weights_s8_params *p = params;
  const int8_t *x = o[0];
  const float *scales = o[1];
  float *y = o[2];
  (void)packed;
  (void)scratch;
  for (int32_t row = 0; row < p->rows; row++, x += p->columns, y += p->columns) {
    const tinyml_vec scale = tinyml_splat(scales[row]);
    TINYML_STREAM(p->columns,
                  tinyml_store_some(y + at, tinyml_floats(tinyml_load_codes(x + at, count)) * scale, count));
  }
}

const tinyml_functions TINYML_FUNCTIONS(decode_weights_s8) = {NULL, NULL, NULL, NULL, run_decode_weights_s8};
