#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"
#include "tinyml_weight_sums.h"

/* Where gradients go, and how many weights a channel has. */
typedef struct {
  int32_t *to;
  int32_t weights;
} gradients;

static void keep(void *context, int32_t channel, int32_t first, int32_t count, const int32_t *sums) {
  const gradients *const all = context;
  int32_t *const to = all->to + (ptrdiff_t)channel * all->weights + first;
  for (int32_t i = 0; i < count; i++) to[i] = sums[i];
}

void tinyml_conv2d_weight_gradient_s8(const tinyml_conv2d_weight_gradient_s8_params *params, const int8_t *input,
                                      const float *quantizer, const int8_t *gradient, int32_t *weight_gradient,
                                      int32_t *bias_gradient, void *scratch) {
  gradients all = {weight_gradient, params->kernel_h * params->kernel_w * (params->in_channels / params->groups)};
  (void)scratch;
  tinyml_weight_sums(params, input, tinyml_zero_point(quantizer), gradient, bias_gradient, keep, &all);
}
