#include "tinyml_conv2d_rows.h"

void tinyml_conv2d_tiles_s8(const tinyml_conv2d_tiles_s8_params *params, const int8_t *input, const int32_t *tiles,
                            const int8_t *weights, const int32_t *bias, const int32_t *multiplier,
                            const int32_t *shift, int8_t *output, void *scratch) {
  /* The parameters begin with those of the dense kernel. */
  const tinyml_conv2d_s8_params *dense = (const void *)params;
  const int32_t count = tinyml_tile_count(tiles, params->capacity);
  (void)scratch;
  if (count == 0) return;
  const tinyml_quad quad = tinyml_conv2d_quad(dense, bias, multiplier, shift);
  for (int32_t i = 0; i < count; i++) {
    const tinyml_tile tile = tinyml_tile_at(tiles, i, dense->out_h, dense->out_w);
    tinyml_conv2d_rows(dense, quad, tile, tinyml_conv2d_channels(dense), input, weights, output);
  }
}
