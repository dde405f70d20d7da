#include "../tinyml_kernels.h"
#include "tinyml_four_bits.h"
#include "tinyml_quad.h"

/* Block by block of output features, whose weights are unpacked once for all rows. */
void tinyml_fully_connected_s4(const tinyml_fully_connected_s4_params *params, const int8_t *input,
                               const int8_t *weights, const int8_t *factors, const int32_t *bias,
                               const int32_t *multiplier, const int32_t *shift, int8_t *output, void *scratch) {
  const tinyml_fully_connected_s4_params p = *params;
  const tinyml_four_bits packed = {weights, factors, p.row_size, p.group};
  int8_t *const unpacked = scratch;
  for (int32_t feature = 0, count; feature < p.out_features; feature += count) {
    const int32_t left = p.out_features - feature, of = p.per_channel ? feature : 0;
    count = left < p.block ? left : p.block;
    tinyml_unpack_rows(&packed, feature, count, scratch);
    const tinyml_quad quad = {
        .taps = 1,
        .columns = 1,
        .count = p.in_features,
        .w_channel = p.row_size,
        .input_offset = p.input_offset,
        .output_offset = p.output_offset,
        .act_min = p.act_min,
        .act_max = p.act_max,
        .per_channel = p.per_channel,
        .bias = bias + feature,
        .multiplier = multiplier + of,
        .shift = shift + of,
    };
    tinyml_quad_rows(&quad, p.rows, count, input, p.in_features, unpacked, output + feature, p.out_features,
                     unpacked + p.block * p.row_size);
  }
}
