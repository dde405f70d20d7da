#include "tinyml_cmsis_nn.h"

#define tinyml_depthwise_conv2d_s8 tinyml_depthwise_conv2d_s8_generic
#include "../generic/depthwise_conv2d_s8.c"
#undef tinyml_depthwise_conv2d_s8

void tinyml_depthwise_conv2d_s8(const tinyml_depthwise_conv2d_s8_params *params, const int8_t *input,
                                const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                                const int32_t *shift, int8_t *output, void *scratch) {
  const tinyml_depthwise_conv2d_s8_params *p = params;
  const int32_t out_channels = p->in_channels * p->depth_multiplier;
  const cmsis_nn_context context = tinyml_context(scratch);
  const cmsis_nn_per_channel_quant_params quant = tinyml_quant_params(multiplier, shift);
  const cmsis_nn_dw_conv_params conv = {
      .input_offset = p->input_offset,
      .output_offset = p->output_offset,
      .ch_mult = p->depth_multiplier,
      .stride = {.w = p->stride_w, .h = p->stride_h},
      .padding = {.w = p->pad_left, .h = p->pad_top},
      .dilation = {.w = p->dilation_w, .h = p->dilation_h},
      .activation = {.min = p->act_min, .max = p->act_max},
  };
  const cmsis_nn_dims in = {.n = p->batch, .h = p->in_h, .w = p->in_w, .c = p->in_channels};
  const cmsis_nn_dims filter = {.n = 1, .h = p->kernel_h, .w = p->kernel_w, .c = out_channels};
  const cmsis_nn_dims channels = {.n = 1, .h = 1, .w = 1, .c = out_channels};
  const cmsis_nn_dims out = {.n = p->batch, .h = p->out_h, .w = p->out_w, .c = out_channels};
  const int optimised = p->depth_multiplier == 1 && p->batch == 1 && p->dilation_h == 1 && p->dilation_w == 1;
  const int three_by_three = p->kernel_h == 3 && p->kernel_w == 3 && p->pad_top <= 1 && p->pad_left <= 1;
  arm_cmsis_nn_status status = ARM_CMSIS_NN_NO_IMPL_ERROR;
  if ((p->in_h | p->in_w | p->out_h | p->out_w | out_channels) <= INT16_MAX) {
    if (!optimised) {
      status =
          arm_depthwise_conv_s8(&context, &conv, &quant, &in, input, &filter, weights, &channels, bias, &out, output);
#ifndef ARM_MATH_MVEI
    } else if (three_by_three) {
      status = arm_depthwise_conv_3x3_s8(&context, &conv, &quant, &in, input, &filter, weights, &channels, bias, &out,
                                         output);
#endif
    } else {
      status = arm_depthwise_conv_s8_opt(&context, &conv, &quant, &in, input, &filter, weights, &channels, bias, &out,
                                         output);
    }
  }
  (void)three_by_three;
  if (status == ARM_CMSIS_NN_SUCCESS) return;
  tinyml_depthwise_conv2d_s8_generic(params, input, weights, bias, multiplier, shift, output, NULL);
}
