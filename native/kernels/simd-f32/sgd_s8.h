static void run_sgd_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_sgd_s8_params *p = params;
  const float *g = o[0], *scale = o[1], *control = o[2];
  const int32_t *key = o[3];
  const uint32_t own = tinyml_random_bits((uint32_t)*key, (uint32_t)p->stream);
  const tinyml_vec low = tinyml_splat((float)-p->limit), high = tinyml_splat((float)p->limit);
  int8_t *codes = o[4];
  (void)packed;
  (void)scratch;
  for (int32_t row = 0; row < p->rows; row++, g += p->columns, codes += p->columns) {
    const float own_rate = control[0] / scale[row];
    const tinyml_vec per_code = tinyml_splat(p->of_codes == 1 ? own_rate / scale[row] : own_rate);
    tinyml_words index = tinyml_counter(row * p->columns);
    TINYML_STREAM(p->columns, {
      const tinyml_vec code = tinyml_floats(tinyml_load_codes(codes + at, count));
      const tinyml_vec moved = tinyml_within(code - per_code * tinyml_load_some(g + at, count), low, high);
      tinyml_store_codes(codes + at, tinyml_stochastic_codes(moved, own, index), count);
      index += TINYML_LANES;
    });
  }
}

const tinyml_functions TINYML_FUNCTIONS(sgd_s8) = {NULL, NULL, NULL, NULL, run_sgd_s8};
