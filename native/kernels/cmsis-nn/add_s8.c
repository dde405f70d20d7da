#include "tinyml_cmsis_nn.h"

#define tinyml_add_s8 tinyml_add_s8_generic
#include "../generic/add_s8.c"
#undef tinyml_add_s8

/* On DSP cores the library shifts packed halfwords, whose upper part must leave the word. */
enum { LEAST_LEFT_SHIFT = 16 };

void tinyml_add_s8(const tinyml_add_s8_params *params, const int8_t *input1, const int8_t *input2, int8_t *output,
                   void *scratch) {
  const tinyml_add_s8_params *p = params;
  if (p->left_shift >= LEAST_LEFT_SHIFT &&
      arm_elementwise_add_s8(input1, input2, p->input1_offset, p->input1_multiplier, p->input1_shift, p->input2_offset,
                             p->input2_multiplier, p->input2_shift, p->left_shift, output, p->output_offset,
                             p->output_multiplier, p->output_shift, p->act_min, p->act_max,
                             p->size) == ARM_CMSIS_NN_SUCCESS) {
    return;
  }
  tinyml_add_s8_generic(params, input1, input2, output, scratch);
}
