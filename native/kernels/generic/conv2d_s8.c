#include "tinyml_conv2d_rows.h"

void tinyml_conv2d_s8(const tinyml_conv2d_s8_params *params, const int8_t *input, const int8_t *weights,
                      const int32_t *bias, const int32_t *multiplier, const int32_t *shift, int8_t *output,
                      void *scratch) {
  const tinyml_tile whole = {0, 0, params->batch * params->out_h, params->out_w};
  (void)scratch;
  const tinyml_quad quad = tinyml_conv2d_quad(params, bias, multiplier, shift);
  tinyml_conv2d_rows(params, quad, whole, tinyml_conv2d_channels(params), input, weights, output);
}
