#include "../tinyml_kernels.h"
#include "tinyml_channel_groups.h"
#include "tinyml_channel_vectors.h"

void tinyml_conv2d_groups_vectors_s8(const tinyml_conv2d_groups_vectors_s8_params *params, const int8_t *input, const int8_t *weights,
                                     const int32_t *scales, int8_t *output, void *scratch) {
  const tinyml_conv2d_groups_vectors_s8_params p = *params;
  const int32_t size = (p.group_channels + 1) / 2 * 4 * p.words;
  const int32_t factors = (p.group_channels + TINYML_EIGHT - 1) / TINYML_EIGHT * TINYML_SCALES;
  for (int32_t row = 0, count; row < p.batch * p.out_h; row += count) {
    const tinyml_band band = tinyml_band_of(&p, input, row, output, scratch);
    count = band.conv.out_h;
    for (int32_t group = 0; group < p.groups; group++) {
      tinyml_lay_out_group(&p, &band, group);
      tinyml_conv2d_vectors_s8(&band.conv, band.laid_out, weights + group * size, scales + group * factors, band.codes, scratch);
      tinyml_put_group(&p, &band, group);
    }
  }
}
