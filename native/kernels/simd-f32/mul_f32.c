/* Where the shapes are the same, all is one row. */
static void run(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_mul_f32_params p = *(const tinyml_mul_f32_params *)params;
  const float *a = o[0], *b = o[1], *bounds = o[2];
  const tinyml_vec lowest = tinyml_splat(bounds[0]), highest = tinyml_splat(bounds[1]);
  const int32_t rows = p.repeat == 1 ? 1 : p.outer, size = p.repeat == 1 ? p.outer * p.channels : p.channels;
  float *y = o[3];
  (void)packed;
  (void)scratch;
  for (int32_t row = 0, used = 0; row < rows; row++, a += size, y += size) {
    int32_t i = 0;
    for (; i <= size - TINYML_LANES; i += TINYML_LANES) {
      tinyml_store(y + i, tinyml_bound(tinyml_multiply(tinyml_load(a + i), tinyml_load(b + i)), lowest, highest));
    }
    if (i < size) {
      const tinyml_vec product = tinyml_multiply(tinyml_load_first(a + i, size - i), tinyml_load_first(b + i, size - i));
      tinyml_store_first(y + i, tinyml_bound(product, lowest, highest), size - i);
    }
    if (++used == p.repeat) {
      b += size;
      used = 0;
    }
  }
}

const tinyml_functions TINYML_FUNCTIONS(mul_f32) = {NULL, NULL, NULL, NULL, run};
