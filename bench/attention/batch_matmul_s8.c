/* Products of matrices that lie side by side, by arm_batch_matmul_s8 of CMSIS-NN. */
#include "tinyml_cmsis_nn.h"

void tinyml_batch_matmul_s8(const tinyml_batch_matmul_s8_params *params, const int8_t *left, const int8_t *right,
                            int8_t *output, void *scratch) {
  const tinyml_batch_matmul_s8_params *p = params;
  const cmsis_nn_context context = tinyml_context(scratch);
  const cmsis_nn_bmm_params bmm = {
      .fc_params = {.input_offset = p->left_offset,
                    .filter_offset = p->right_offset,
                    .output_offset = p->output_offset,
                    .activation = {.min = p->act_min, .max = p->act_max}},
  };
  const cmsis_nn_per_tensor_quant_params quant = {.multiplier = p->multiplier, .shift = p->shift};
  const cmsis_nn_dims lhs = {.n = p->batch0, .h = p->batch1, .w = p->rows, .c = p->depth};
  const cmsis_nn_dims rhs = {.n = p->batch0, .h = p->batch1, .w = p->columns, .c = p->depth};
  const cmsis_nn_dims out = {.n = p->batch0, .h = p->batch1, .w = p->rows, .c = p->columns};
  arm_batch_matmul_s8(&context, &bmm, &quant, &lhs, left, &rhs, right, &out, output);
}
