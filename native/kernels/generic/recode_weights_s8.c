#include <stddef.h>

#include "../tinyml_kernels.h"
#include "tinyml_greatest_code.h"
#include "tinyml_quantizer.h"
#include "tinyml_specialised.h"

enum { CODES = 256 };

/* The code of a code times the scale of its row. */
static inline int8_t recoded(int32_t code, float scale, float inverse, float limit) {
  return (int8_t)tinyml_round_nearest(tinyml_between((float)code * scale * inverse, -limit, limit));
}

/* A row that is longer than a table of all codes. */
TINYML_APART void recode_long_row(const int8_t *input, int32_t columns, float scale, float inverse, float limit, int8_t *output) {
  int8_t codes[CODES];
  for (int32_t code = -CODES / 2; code < CODES / 2; code++) {
    codes[code + CODES / 2] = recoded(code, scale, inverse, limit);
  }
  const int8_t *const of = codes + CODES / 2;
  for (int32_t i = 0; i < columns; i++) output[i] = of[input[i]];
}

void tinyml_recode_weights_s8(const tinyml_recode_weights_s8_params *params, const int8_t *input, const float *scale,
                              int8_t *output, float *output_scale, void *scratch) {
  const tinyml_recode_weights_s8_params p = *params;
  const float limit = (float)p.limit;
  float quantizer[4], most = 0.0f;
  (void)scratch;
  for (int32_t row = 0; row < p.rows; row++) {
    /* Products with a scale rise with the magnitude of the code. */
    const float magnitude = fabsf((float)tinyml_greatest_code(input + (ptrdiff_t)row * p.columns, p.columns) * scale[row]);
    if (magnitude > most) most = magnitude;
  }
  tinyml_set_quantizer(quantizer, most / limit, 0.0f);
  const float inverse = quantizer[TINYML_INVERSE];
  *output_scale = quantizer[TINYML_SCALE];
  for (int32_t row = 0; row < p.rows; row++, input += p.columns, output += p.columns) {
    if (p.columns >= CODES) {
      recode_long_row(input, p.columns, scale[row], inverse, limit, output);
      continue;
    }
    for (int32_t i = 0; i < p.columns; i++) output[i] = recoded(input[i], scale[row], inverse, limit);
  }
}
