#include "tinyml_cmsis_nn.h"

#define tinyml_softmax_s8 tinyml_softmax_s8_generic
#include "../generic/softmax_s8.c"
#undef tinyml_softmax_s8

/* From 512 equal values on, the last shift of the library is 32 bits or more, which C does not define. */
enum { LONGEST_ROW = 511 };

void tinyml_softmax_s8(const tinyml_softmax_s8_params *params, const int8_t *input, int8_t *output, void *scratch) {
  const tinyml_softmax_s8_params *p = params;
  if (p->row_size <= LONGEST_ROW) {
    arm_softmax_s8(input, p->rows, p->row_size, p->multiplier, p->shift, p->diff_min, output);
  } else {
    tinyml_softmax_s8_generic(params, input, output, scratch);
  }
}
