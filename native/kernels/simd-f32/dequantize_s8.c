typedef int8_t codes __attribute__((vector_size(TINYML_LANES)));
typedef int32_t integers __attribute__((vector_size(4 * TINYML_LANES)));

TINYML_INLINE tinyml_vec dequantize(codes x, tinyml_vec step, int32_t zero_point) {
  return tinyml_multiply(__builtin_convertvector(__builtin_convertvector(x, integers) - zero_point, tinyml_vec), step);
}

static void run(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_dequantize_s8_params *p = params;
  const int8_t *x = o[0];
  const float *scale = o[1];
  const tinyml_vec step = tinyml_splat(*scale);
  float *y = o[2];
  codes x_i = {0};
  (void)packed;
  (void)scratch;
  int32_t i = 0;
  for (; i <= p->size - TINYML_LANES; i += TINYML_LANES) {
    memcpy(&x_i, x + i, sizeof(x_i));
    tinyml_store(y + i, dequantize(x_i, step, p->zero_point));
  }
  if (i < p->size) {
    memcpy(&x_i, x + i, (size_t)(p->size - i));
    tinyml_store_first(y + i, dequantize(x_i, step, p->zero_point), p->size - i);
  }
}

const tinyml_functions TINYML_FUNCTIONS(dequantize_s8) = {NULL, NULL, NULL, NULL, run};
