static void run_encode_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_encode_s8_params *p = params;
  const float *x = o[0], *quantizer = o[1], *bounds = o[3];
  const int32_t *key = o[2];
  const uint32_t own = tinyml_random_bits((uint32_t)*key, (uint32_t)p->stream);
  const tinyml_vec inverse = tinyml_splat(quantizer[TINYML_INVERSE]);
  const tinyml_vec zero_point = tinyml_splat((float)tinyml_zero_point(quantizer));
  const tinyml_vec lowest = tinyml_splat(bounds[0]), highest = tinyml_splat(bounds[1]);
  const tinyml_vec low = tinyml_splat((float)p->low), high = tinyml_splat((float)p->high);
  int8_t *y = o[4];
  (void)packed;
  (void)scratch;
  if (p->stochastic == 1) {
    tinyml_words index = tinyml_counter(0);
    TINYML_STREAM(p->size, {
      const tinyml_vec value = tinyml_within(tinyml_load_some(x + at, count), lowest, highest);
      const tinyml_vec scaled = tinyml_within(value * inverse + zero_point, low, high);
      tinyml_store_codes(y + at, tinyml_stochastic_codes(scaled, own, index), count);
      index += TINYML_LANES;
    });
  } else {
    TINYML_STREAM(p->size, {
      const tinyml_vec value = tinyml_within(tinyml_load_some(x + at, count), lowest, highest);
      const tinyml_vec scaled = tinyml_within(value * inverse + zero_point, low, high);
      tinyml_store_codes(y + at, tinyml_nearest_codes(scaled), count);
    });
  }
}

const tinyml_functions TINYML_FUNCTIONS(encode_s8) = {NULL, NULL, NULL, NULL, run_encode_s8};
