#include "../tinyml_kernels.h"
#include "tinyml_dot.h"
#include "tinyml_fixed_point.h"

void tinyml_fully_connected_s8(const tinyml_fully_connected_s8_params *params, const int8_t *input,
                               const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                               const int32_t *shift, int8_t *output, void *scratch) {
  const tinyml_fully_connected_s8_params p = *params;
  (void)scratch;
  for (int32_t row = 0; row < p.rows; row++) {
    for (int32_t feature = 0; feature < p.out_features;) {
      const tinyml_block block = tinyml_block_at(feature, p.out_features);
      uint32_t acc[4];
      for (int32_t j = 0; j < 4; j++) acc[j] = (uint32_t)bias[block.first + j * block.step];
      tinyml_dot_1x4(acc, input, weights + block.first * p.in_features, block.step * p.in_features, p.in_features,
                     p.input_offset);
      for (int32_t j = 0; j < 4; j++) {
        const int32_t at = block.first + j * block.step, q = p.per_channel * at;
        const int32_t value = tinyml_requantise((int32_t)acc[j], multiplier[q], shift[q]);
        output[at] = tinyml_output_s8(value, p.output_offset, p.act_min, p.act_max);
      }
      feature = block.first + (block.step == 0 ? 1 : 4);
    }
    input += p.in_features;
    output += p.out_features;
  }
}
