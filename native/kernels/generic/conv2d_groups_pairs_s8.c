#include "../tinyml_kernels.h"
#include "tinyml_channel_groups.h"
#include "tinyml_channel_pairs.h"

void tinyml_conv2d_groups_pairs_s8(const tinyml_conv2d_groups_pairs_s8_params *params, const int8_t *input, const int32_t *table,
                                   int8_t *output, void *scratch) {
  const tinyml_conv2d_groups_pairs_s8_params p = *params;
  const int32_t size = (p.group_channels + 1) / 2 * (p.words + TINYML_PAIR_EXTRAS);
  for (int32_t row = 0, count; row < p.batch * p.out_h; row += count) {
    const tinyml_band band = tinyml_band_of(&p, input, row, output, scratch);
    count = band.conv.out_h;
    for (int32_t group = 0; group < p.groups; group++) {
      tinyml_lay_out_group(&p, &band, group);
      tinyml_conv2d_pairs_s8(&band.conv, band.laid_out, table + group * size, band.codes, scratch);
      tinyml_put_group(&p, &band, group);
    }
  }
}
