#include "../tinyml_kernels.h"
#include "tinyml_quad.h"

void tinyml_fully_connected_s8(const tinyml_fully_connected_s8_params *params, const int8_t *input,
                               const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                               const int32_t *shift, int8_t *output, void *scratch) {
  const tinyml_fully_connected_s8_params p = *params;
  const tinyml_quad quad = {
      .taps = 1,
      .columns = 1,
      .count = p.in_features,
      .w_channel = p.in_features,
      .input_offset = p.input_offset,
      .output_offset = p.output_offset,
      .act_min = p.act_min,
      .act_max = p.act_max,
      .per_channel = p.per_channel,
      .bias = bias,
      .multiplier = multiplier,
      .shift = shift,
  };
  tinyml_quad_rows(&quad, p.rows, p.out_features, input, p.in_features, weights, output, p.out_features, scratch);
}
