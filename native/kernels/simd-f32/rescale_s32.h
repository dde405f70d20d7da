/* After how many elements scale and bias repeat together; 0 where that is no length of either. */
static int32_t rescale_cycle(const tinyml_rescale_s32_params *p) {
  const int32_t scales = p->per_channel == 1 ? p->channels : 1, biases = p->bias_size == 0 ? 1 : p->bias_size;
  const int32_t longer = scales > biases ? scales : biases;
  return longer % scales == 0 && longer % biases == 0 ? longer : 0;
}

static int64_t scratch_rescale_s32(const void *params) {
  const int32_t cycle = rescale_cycle(params);
  return cycle == 0 ? 0 : 2 * (int64_t)sizeof(float) * tinyml_period(cycle);
}

static void run_rescale_s32(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_rescale_s32_params p = *(const tinyml_rescale_s32_params *)params;
  const int32_t *x = o[0];
  const float *quantizer = o[1], *scale = o[2], *bias = o[3];
  const int32_t cycle = rescale_cycle(params);
  (void)packed;
  if (cycle == 0) {
    tinyml_rescale_s32(params, x, quantizer, scale, bias, o[4], o[5], NULL);
    return;
  }
  const int32_t period = tinyml_period(cycle);
  float *y = o[4], *factors = scratch, *biases = factors + period;
  for (int32_t i = 0; i < cycle; i++) {
    factors[i] = quantizer[TINYML_SCALE] * scale[p.per_channel == 1 ? i % p.channels : 0];
    biases[i] = p.bias_size == 0 ? -0.0f : bias[i % p.bias_size]; /* what adds nothing, to -0 neither */
  }
  tinyml_repeated(factors, cycle, period, factors);
  tinyml_repeated(biases, cycle, period, biases);
  tinyml_range range = tinyml_empty_range();
  TINYML_STREAM_ROWS(p.size, period, {
    const tinyml_vec factor = tinyml_load_some(factors + in, count);
    const tinyml_vec sum = tinyml_floats(tinyml_load_ints(x + at, count)) * factor + tinyml_load_some(biases + in, count);
    tinyml_store_some(y + at, sum, count);
    tinyml_widen(&range, turn, sum, count);
  })
  tinyml_store_range(range, o[5]);
}

const tinyml_functions TINYML_FUNCTIONS(rescale_s32) = {NULL, NULL, NULL, scratch_rescale_s32, run_rescale_s32};
