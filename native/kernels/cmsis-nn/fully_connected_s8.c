#include "tinyml_cmsis_nn.h"

#define tinyml_fully_connected_s8 tinyml_fully_connected_s8_generic
#include "../generic/fully_connected_s8.c"
#undef tinyml_fully_connected_s8

/* Row by row, which needs no scratch: that of the library is another. */
static void without_library(tinyml_fully_connected_s8_params p, const int8_t *input, const int8_t *weights,
                            const int32_t *bias, const int32_t *multiplier, const int32_t *shift, int8_t *output) {
  int32_t rows = p.rows;
  for (p.rows = 1; rows > 0; rows--, input += p.in_features, output += p.out_features) {
    tinyml_fully_connected_s8_generic(&p, input, weights, bias, multiplier, shift, output, NULL);
  }
}

void tinyml_fully_connected_s8(const tinyml_fully_connected_s8_params *params, const int8_t *input,
                               const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                               const int32_t *shift, int8_t *output, void *scratch) {
  const tinyml_fully_connected_s8_params *p = params;
  const cmsis_nn_fc_params fc = {
      .input_offset = p->input_offset,
      .filter_offset = 0,
      .output_offset = p->output_offset,
      .activation = {.min = p->act_min, .max = p->act_max},
  };
  const cmsis_nn_dims in = {.n = p->rows, .h = 1, .w = 1, .c = p->in_features};
  const cmsis_nn_dims filter = {.n = p->in_features, .h = 1, .w = 1, .c = p->out_features};
  const cmsis_nn_dims features = {.n = 1, .h = 1, .w = 1, .c = p->out_features};
  const cmsis_nn_dims out = {.n = p->rows, .h = 1, .w = 1, .c = p->out_features};
  arm_cmsis_nn_status status;
#ifdef ARM_MATH_MVEI
  /* The vector code takes the bias plus the sum of weights times the input offset from its context: where that is 0 it is the bias. */
  if (p->input_offset == 0) {
    scratch = (void *)bias;
  } else if (arm_vector_sum_s8(scratch, p->in_features, p->out_features, weights, p->input_offset, 0, bias) !=
             ARM_CMSIS_NN_SUCCESS) {
    without_library(*params, input, weights, bias, multiplier, shift, output);
    return;
  }
#endif
  const cmsis_nn_context context = tinyml_context(scratch);
  if (p->per_channel) {
    const cmsis_nn_per_channel_quant_params quant = tinyml_quant_params(multiplier, shift);
    status = arm_fully_connected_per_channel_s8(&context, &fc, &quant, &in, input, &filter, weights, &features, bias,
                                                &out, output);
  } else {
    const cmsis_nn_per_tensor_quant_params quant = {.multiplier = *multiplier, .shift = *shift};
    status = arm_fully_connected_s8(&context, &fc, &quant, &in, input, &filter, weights, &features, bias, &out, output);
  }
  if (status == ARM_CMSIS_NN_SUCCESS) return;
  without_library(*params, input, weights, bias, multiplier, shift, output);
}
