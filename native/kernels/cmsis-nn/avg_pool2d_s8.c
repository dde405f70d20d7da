#include "tinyml_cmsis_nn.h"

#define tinyml_avg_pool2d_s8 tinyml_avg_pool2d_s8_generic
#include "../generic/avg_pool2d_s8.c"
#undef tinyml_avg_pool2d_s8

/* The library never counts padding. */
void tinyml_avg_pool2d_s8(const tinyml_avg_pool2d_s8_params *params, const int8_t *input, int8_t *output,
                          void *scratch) {
  const tinyml_avg_pool2d_s8_params *p = params;
  const cmsis_nn_context context = tinyml_context(scratch);
  const cmsis_nn_pool_params pool = {
      .stride = {.w = p->stride_w, .h = p->stride_h},
      .padding = {.w = p->pad_left, .h = p->pad_top},
      .activation = {.min = p->act_min, .max = p->act_max},
  };
  const cmsis_nn_dims in = {.n = p->batch, .h = p->in_h, .w = p->in_w, .c = p->channels};
  const cmsis_nn_dims filter = {.n = 1, .h = p->kernel_h, .w = p->kernel_w, .c = 1};
  const cmsis_nn_dims out = {.n = p->batch, .h = p->out_h, .w = p->out_w, .c = p->channels};
  if (!p->count_include_pad &&
      arm_avgpool_s8(&context, &pool, &in, input, &filter, &out, output) == ARM_CMSIS_NN_SUCCESS) {
    return;
  }
  tinyml_avg_pool2d_s8_generic(params, input, output, NULL);
}
