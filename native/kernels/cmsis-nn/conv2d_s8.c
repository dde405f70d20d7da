#include "tinyml_cmsis_nn.h"

#define tinyml_conv2d_s8 tinyml_conv2d_s8_generic
#include "../generic/conv2d_s8.c"
#undef tinyml_conv2d_s8

/* No padding, not even at the end: the planner reserves no scratch then, and the 1x1 functions need none. */
static int is_pointwise(const tinyml_conv2d_s8_params *p) {
  return p->kernel_h == 1 && p->kernel_w == 1 && p->groups == 1 && p->pad_top == 0 && p->pad_left == 0 &&
         (p->out_h - 1) * p->stride_h < p->in_h && (p->out_w - 1) * p->stride_w < p->in_w;
}

/* The functions for 1x1 and for everything else are named here, so that no others are linked. */
void tinyml_conv2d_s8(const tinyml_conv2d_s8_params *params, const int8_t *input, const int8_t *weights,
                      const int32_t *bias, const int32_t *multiplier, const int32_t *shift, int8_t *output,
                      void *scratch) {
  const tinyml_conv2d_s8_params *p = params;
  const cmsis_nn_context context = tinyml_context(scratch);
  const cmsis_nn_per_channel_quant_params quant = tinyml_quant_params(multiplier, shift);
  const cmsis_nn_conv_params conv = {
      .input_offset = p->input_offset,
      .output_offset = p->output_offset,
      .stride = {.w = p->stride_w, .h = p->stride_h},
      .padding = {.w = p->pad_left, .h = p->pad_top},
      .dilation = {.w = p->dilation_w, .h = p->dilation_h},
      .activation = {.min = p->act_min, .max = p->act_max},
  };
  cmsis_nn_dims in = {.n = p->batch, .h = p->in_h, .w = p->in_w, .c = p->in_channels};
  const cmsis_nn_dims filter = {
      .n = p->out_channels, .h = p->kernel_h, .w = p->kernel_w, .c = p->in_channels / p->groups};
  const cmsis_nn_dims channels = {.n = 1, .h = 1, .w = 1, .c = p->out_channels};
  cmsis_nn_dims out = {.n = p->batch, .h = p->out_h, .w = p->out_w, .c = p->out_channels};
  arm_cmsis_nn_status status = ARM_CMSIS_NN_NO_IMPL_ERROR;
  if (is_pointwise(p)) {
    if (p->stride_h == 1 && p->stride_w == 1 && p->out_h == p->in_h && p->out_w == p->in_w) {
      /* One long row: the library works on several positions of a row at once. */
      in.w = out.w = p->batch * p->in_h * p->in_w;
      in.n = in.h = out.n = out.h = 1;
    }
    status = arm_convolve_1x1_s8(&context, &conv, &quant, &in, input, &filter, weights, &channels, bias, &out, output);
  } else if ((p->in_h | p->in_w | p->in_channels | p->out_h | p->out_w | p->out_channels) <= UINT16_MAX) {
    status = arm_convolve_s8(&context, &conv, &quant, &in, input, &filter, weights, &channels, bias, NULL, &out, output);
  }
  if (status == ARM_CMSIS_NN_SUCCESS) return;
  tinyml_conv2d_s8_generic(params, input, weights, bias, multiplier, shift, output, NULL);
}
