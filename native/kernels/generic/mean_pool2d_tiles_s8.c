#include "tinyml_mean_pool2d_rows.h"

void tinyml_mean_pool2d_tiles_s8(const tinyml_mean_pool2d_tiles_s8_params *params, const int8_t *input,
                                 const int32_t *tiles, int8_t *output, void *scratch) {
  /* The parameters begin with those of the dense kernel. */
  const tinyml_mean_pool2d_s8_params *dense = (const void *)params;
  const int32_t count = tinyml_tile_count(tiles, params->capacity);
  (void)scratch;
  for (int32_t i = 0; i < count; i++) {
    tinyml_mean_pool2d_rows(dense, tinyml_tile_at(tiles, i, dense->out_h, dense->out_w), input, output);
  }
}
