#include <string.h>

#include "../tinyml_kernels.h"
#include "tinyml_tile_set.h"

void tinyml_list_tiles_s32(const tinyml_list_tiles_s32_params *params, const int8_t *mask, int32_t *tiles,
                           void *scratch) {
  const tinyml_list_tiles_s32_params p = *params;
  const tinyml_tile_set set = tinyml_tile_set_in(scratch, p.rows, p.columns);
  tinyml_columns *bits = set.bits;
  int32_t active = 0;
  for (int32_t row = 0; row < p.rows; row++, mask += p.columns, bits += set.words) {
    for (int32_t column = 0; column < p.columns;) {
      uint32_t four = 0;
      const int32_t count = p.columns - column < 4 ? p.columns - column : 4;
      if (count == 4) memcpy(&four, mask + column, sizeof(four));
      if (count < 4 || four != 0) { /* most patches are not active */
        for (int32_t i = column; i < column + count; i++) {
          const tinyml_columns is = mask[i] != 0;
          bits[i / TINYML_COLUMNS] |= is << (i % TINYML_COLUMNS);
          active += (int32_t)is;
        }
      }
      column += count;
    }
  }
  tinyml_tile_set_list(&set, p.patch_h, p.patch_w, active > p.dense_above, tiles, p.capacity);
}
