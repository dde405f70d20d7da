/* Rows whose operands lie side by side, or are one number. */
#include "elementary.h"

static int supports(const void *params) {
  const tinyml_binary_f32_params *p = params;
  return (p->input1_stride3 == 0 || p->input1_stride3 == 1) && (p->input2_stride3 == 0 || p->input2_stride3 == 1);
}

static inline __attribute__((always_inline)) tinyml_vec combine(int32_t operation, tinyml_vec a, tinyml_vec b) {
  switch (operation) {
    case 0:
      return a + b;
    case 1:
      return a - b;
    case 2:
      return a * b;
    case 3:
      return tinyml_divide(a, b);
    case 4:
      return TINYML_CHOOSE((a > b) | (a != a), a, b);
    case 5:
      return TINYML_CHOOSE((a < b) | (a != a), a, b);
    default:
      return TINYML_CHOOSE(a < tinyml_splat(0.0f), a * b, a);
  }
}

static inline __attribute__((always_inline)) void row(int32_t operation, const float *a, int32_t a_step, const float *b,
                                                      int32_t b_step, tinyml_vec lowest, tinyml_vec highest, float *y,
                                                      int32_t size) {
  int32_t i = 0;
  for (; i <= size - TINYML_LANES; i += TINYML_LANES) {
    const tinyml_vec x = a_step == 0 ? tinyml_splat(*a) : tinyml_load(a + i);
    const tinyml_vec w = b_step == 0 ? tinyml_splat(*b) : tinyml_load(b + i);
    tinyml_store(y + i, tinyml_bound(combine(operation, x, w), lowest, highest));
  }
  if (i < size) {
    const tinyml_vec x = a_step == 0 ? tinyml_splat(*a) : tinyml_load_first(a + i, size - i);
    const tinyml_vec w = b_step == 0 ? tinyml_splat(*b) : tinyml_load_first(b + i, size - i);
    tinyml_store_first(y + i, tinyml_bound(combine(operation, x, w), lowest, highest), size - i);
  }
}

#define CASE(code) \
  case code:       \
    row(code, from1, p.input1_stride3, from2, p.input2_stride3, lowest, highest, y, p.size3); \
    break;

static void run(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_binary_f32_params p = *(const tinyml_binary_f32_params *)params;
  const float *input1 = o[0], *input2 = o[1], *bounds = o[2];
  const tinyml_vec lowest = tinyml_splat(bounds[0]), highest = tinyml_splat(bounds[1]);
  float *y = o[3];
  (void)packed;
  (void)scratch;
  for (int32_t a = 0; a < p.size0; a++) {
    for (int32_t b = 0; b < p.size1; b++) {
      for (int32_t c = 0; c < p.size2; c++, y += p.size3) {
        const float *from1 =
            input1 + p.input1_offset + a * p.input1_stride0 + b * p.input1_stride1 + c * p.input1_stride2;
        const float *from2 =
            input2 + p.input2_offset + a * p.input2_stride0 + b * p.input2_stride1 + c * p.input2_stride2;
        switch (p.operation) { CASE(0) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) }
      }
    }
  }
}

const tinyml_functions TINYML_FUNCTIONS(binary_f32) = {supports, NULL, NULL, NULL, run};
