#include "../tinyml_kernels.h"
#include "tinyml_facts.h"

#if defined(__ARM_FEATURE_MVE) && defined(__GNUC__)
#include "../mve/depthwise_conv2d_rows_s8.h"
#else
#include "tinyml_plain_depthwise.h"

static void all_blocks(const tinyml_depthwise_conv2d_rows_s8_params *params, const int8_t *input, const int8_t *weights,
                       const int32_t *bias, const int32_t *multiplier, const int32_t *shift, int8_t *output,
                       void *scratch) {
  (void)scratch;
  /* Both kernels have the same parameters. */
  tinyml_plain_depthwise((const void *)params, params->kernel_w, 1, input, weights, bias, multiplier, shift, output);
}
#endif

void tinyml_depthwise_conv2d_rows_s8(const tinyml_depthwise_conv2d_rows_s8_params *params, const int8_t *input,
                                     const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                                     const int32_t *shift, int8_t *output, void *scratch) {
  TINYML_FACTS(depthwise_conv2d_rows_s8, params);
  all_blocks(params, input, weights, bias, multiplier, shift, output, scratch);
}
