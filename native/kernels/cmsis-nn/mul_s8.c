#include "tinyml_cmsis_nn.h"

#define tinyml_mul_s8 tinyml_mul_s8_generic
#include "../generic/mul_s8.c"
#undef tinyml_mul_s8

/* The library does not broadcast. */
void tinyml_mul_s8(const tinyml_mul_s8_params *params, const int8_t *input1, const int8_t *input2, int8_t *output,
                   void *scratch) {
  const tinyml_mul_s8_params *p = params;
  if (p->repeat == 1 &&
      arm_elementwise_mul_s8(input1, input2, p->input1_offset, p->input2_offset, output, p->output_offset,
                             p->output_multiplier, p->output_shift, p->act_min, p->act_max,
                             p->outer * p->channels) == ARM_CMSIS_NN_SUCCESS) {
    return;
  }
  tinyml_mul_s8_generic(params, input1, input2, output, scratch);
}
