/* A transposed convolution, by arm_transpose_conv_wrapper_s8 of CMSIS-NN, with its buffers on the side. */
#include "tinyml_cmsis_nn.h"

static int32_t sums[16 * 1024], reversed[8 * 1024];

void tinyml_conv_transpose2d_s8(const tinyml_conv_transpose2d_s8_params *params, const int8_t *input, const int8_t *weights,
                                const int32_t *bias, const int32_t *multiplier, const int32_t *shift, int8_t *output,
                                void *scratch) {
  const tinyml_conv_transpose2d_s8_params *p = params;
  const cmsis_nn_context of_sums = tinyml_context(sums), of_reversed = tinyml_context(reversed);
  const cmsis_nn_per_channel_quant_params quant = tinyml_quant_params(multiplier, shift);
  const cmsis_nn_transpose_conv_params conv = {
      .input_offset = p->input_offset,
      .output_offset = p->output_offset,
      .stride = {.w = p->stride_w, .h = p->stride_h},
      .padding = {.w = p->pad_left, .h = p->pad_top},
      .dilation = {.w = 1, .h = 1},
      .activation = {.min = p->act_min, .max = p->act_max},
  };
  const cmsis_nn_dims in = {.n = p->batch, .h = p->in_h, .w = p->in_w, .c = p->in_channels};
  const cmsis_nn_dims filter = {.n = p->out_channels, .h = p->kernel_h, .w = p->kernel_w, .c = p->in_channels};
  const cmsis_nn_dims channels = {.n = 1, .h = 1, .w = 1, .c = p->out_channels};
  const cmsis_nn_dims out = {.n = p->batch, .h = p->out_h, .w = p->out_w, .c = p->out_channels};
  (void)scratch;
  arm_transpose_conv_wrapper_s8(&of_sums, &of_reversed, &conv, &quant, &in, input, &filter, weights, &channels, bias, &out, output);
}
