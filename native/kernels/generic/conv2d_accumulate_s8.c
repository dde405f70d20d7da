#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"
#include "tinyml_weight_sums.h"

/* The gradients of all weights. */
typedef struct {
  float factor, share;
  int32_t weights; /* of a channel */
  int32_t begins;
  float *sum;
} accumulation;

static void accumulate(void *context, int32_t channel, int32_t first, int32_t count, const int32_t *sums) {
  const accumulation *const a = context;
  float *const to = a->sum + (channel * a->weights + first);
  for (int32_t i = 0; i < count; i++) {
    const float gradient = (float)sums[i] * a->factor;
    const float part = a->share * gradient;
    to[i] = a->begins ? part : to[i] + part;
  }
}

void tinyml_conv2d_accumulate_s8(const tinyml_conv2d_accumulate_s8_params *params, const int8_t *input, const float *quantizer,
                                 const int8_t *gradient, const float *gradient_quantizer, const float *control,
                                 const float *share, float *sum, int32_t *bias_gradient, void *scratch) {
  const tinyml_conv2d_accumulate_s8_params *const p = params;
  accumulation a = {
      .factor = quantizer[TINYML_SCALE] * gradient_quantizer[TINYML_SCALE],
      .share = *share,
      .weights = p->kernel_h * p->kernel_w * (p->in_channels / p->groups),
      .begins = control[3] == 0.0f,
      .sum = sum,
  };
  (void)scratch;
  /* Parameters are those of the sums. */
  tinyml_weight_sums((const tinyml_conv2d_sums_s8_params *)params, input, tinyml_zero_point(quantizer), gradient, bias_gradient,
                     accumulate, &a);
}
