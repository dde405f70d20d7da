typedef int32_t integers __attribute__((vector_size(4 * TINYML_LANES)));
typedef int8_t codes __attribute__((vector_size(TINYML_LANES)));

/* Codes of TINYML_LANES numbers, less the zero point: halves go away from zero, NaN goes to 0. */
TINYML_INLINE codes quantize(tinyml_vec x, tinyml_vec step, tinyml_vec lowest, tinyml_vec highest, int32_t zero_point) {
  const tinyml_vec scaled = tinyml_divide(x, step);
  const integers numbers = scaled == scaled;
  /* The bounds are integers, so bounding and rounding may change places; and the conversion is defined. */
  const tinyml_vec bounded = tinyml_bound((tinyml_vec)((integers)scaled & numbers), lowest, highest);
  const integers whole = __builtin_convertvector(bounded, integers);
  const tinyml_vec fraction = bounded - __builtin_convertvector(whole, tinyml_vec);
  const integers rounded = whole - (integers)(fraction >= tinyml_splat(0.5f)) + (integers)(fraction <= tinyml_splat(-0.5f));
  return __builtin_convertvector(rounded + zero_point, codes);
}

static void run(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_quantize_s8_params *p = params;
  const float *x = o[0], *scale = o[1];
  const tinyml_vec step = tinyml_splat(*scale);
  const tinyml_vec lowest = tinyml_splat((float)(INT8_MIN - p->zero_point));
  const tinyml_vec highest = tinyml_splat((float)(INT8_MAX - p->zero_point));
  int8_t *y = o[2];
  (void)packed;
  (void)scratch;
  int32_t i = 0;
  for (; i <= p->size - TINYML_LANES; i += TINYML_LANES) {
    const codes y_i = quantize(tinyml_load(x + i), step, lowest, highest, p->zero_point);
    memcpy(y + i, &y_i, sizeof(y_i));
  }
  if (i < p->size) {
    const codes y_i = quantize(tinyml_load_first(x + i, p->size - i), step, lowest, highest, p->zero_point);
    memcpy(y + i, &y_i, (size_t)(p->size - i));
  }
}

const tinyml_functions TINYML_FUNCTIONS(quantize_s8) = {NULL, NULL, NULL, NULL, run};
