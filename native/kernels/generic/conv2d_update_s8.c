#include "../tinyml_kernels.h"
#include "tinyml_descend.h"
#include "tinyml_weight_sums.h"

/* The descent of all weights. */
typedef struct {
  const float *scale;
  float factor, rate;
  uint32_t key;
  int32_t limit, weights; /* weights: of a channel */
  int32_t of_codes;
  int8_t *codes;
} update;

static void descend(void *context, int32_t channel, int32_t first, int32_t count, const int32_t *sums) {
  const update *const u = context;
  const float own = u->rate / u->scale[channel];
  const tinyml_descent by = {u->of_codes == 1 ? own / u->scale[channel] : own, u->factor, u->limit, u->key};
  const uint32_t index = (uint32_t)(channel * u->weights + first);
  tinyml_descend(&by, sums, count, u->codes + index, index);
}

void tinyml_conv2d_update_s8(const tinyml_conv2d_update_s8_params *params, const int8_t *input, const float *quantizer,
                             const int8_t *gradient, const float *gradient_quantizer, const float *scale,
                             const float *control, const int32_t *key, int8_t *codes, int32_t *bias_gradient,
                             void *scratch) {
  const tinyml_conv2d_update_s8_params *const p = params;
  update u = {
      .scale = scale,
      .factor = quantizer[TINYML_SCALE] * gradient_quantizer[TINYML_SCALE],
      .rate = control[0],
      .limit = p->limit,
      .key = tinyml_random_bits((uint32_t)*key, (uint32_t)p->stream),
      .weights = p->kernel_h * p->kernel_w * (p->in_channels / p->groups),
      .of_codes = p->of_codes,
      .codes = codes,
  };
  (void)scratch;
  /* Parameters begin as those of the sums do. */
  tinyml_weight_sums((const tinyml_conv2d_sums_s8_params *)params, input, tinyml_zero_point(quantizer), gradient, bias_gradient,
                     descend, &u);
}
