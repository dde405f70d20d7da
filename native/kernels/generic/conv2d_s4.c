#include "tinyml_conv2d_rows.h"
#include "tinyml_four_bits.h"

/* Block by block of output channels, whose weights are unpacked once for all positions. */
void tinyml_conv2d_s4(const tinyml_conv2d_s4_params *params, const int8_t *input, const int8_t *weights,
                      const int8_t *factors, const int32_t *bias, const int32_t *multiplier, const int32_t *shift,
                      int8_t *output, void *scratch) {
  /* The parameters begin with those of 8 bits. */
  const tinyml_conv2d_s8_params *p = (const void *)params;
  const tinyml_four_bits packed = {weights, factors, params->row_size, params->group};
  const tinyml_tile whole = {0, 0, p->batch * p->out_h, p->out_w};
  const int32_t group_in = p->in_channels / p->groups, group_out = p->out_channels / p->groups;
  for (int32_t channel = 0, count; channel < p->out_channels; channel += count) {
    const int32_t left = group_out - channel % group_out;
    count = left < params->block ? left : params->block;
    tinyml_unpack_rows(&packed, channel, count, scratch);
    tinyml_quad quad = tinyml_conv2d_quad(p, bias + channel, multiplier + channel, shift + channel);
    quad.w_channel = params->row_size;
    tinyml_conv2d_rows(p, quad, whole, (tinyml_channels){count, count}, input + channel / group_out * group_in, scratch,
                       output + channel);
  }
}
