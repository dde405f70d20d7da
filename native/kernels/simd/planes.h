/* Pixels to planes, where the pixels of a channel lie side by side. */
#ifndef TINYML_SIMD_PLANES_H
#define TINYML_SIMD_PLANES_H

#include "zip.h"

/* A block has as many pixels and channels. */
enum { PLANE_BLOCK = 8 };

/* columns[c][i] = from[i * step + c]. */
TINYML_INLINE void tinyml_transpose(int8_t columns[PLANE_BLOCK][PLANE_BLOCK], const int8_t *from, ptrdiff_t step) {
  tinyml_16_bytes r[4], even[2], odd[2];
  TINYML_UNROLL
  for (int32_t i = 0; i < 4; i++) {
    r[i] = TINYML_ZIP_LOW(tinyml_load_8_bytes(from + i * step), tinyml_load_8_bytes(from + (i + 4) * step));
  }
  even[0] = TINYML_ZIP_LOW(r[0], r[2]);
  even[1] = TINYML_ZIP_HIGH(r[0], r[2]);
  odd[0] = TINYML_ZIP_LOW(r[1], r[3]);
  odd[1] = TINYML_ZIP_HIGH(r[1], r[3]);
  TINYML_UNROLL
  for (int32_t i = 0; i < 2; i++) {
    const tinyml_16_bytes low = TINYML_ZIP_LOW(even[i], odd[i]), high = TINYML_ZIP_HIGH(even[i], odd[i]);
    memcpy(columns[4 * i], &low, sizeof(low));
    memcpy(columns[4 * i + 2], &high, sizeof(high));
  }
}

/* Elements of a block of pixels, `step` apart, to planes: channels [skip, skip + channels) of the bytes at `from`. */
TINYML_INLINE void tinyml_copy_block(tinyml_element *to, int64_t plane, const int8_t *from, ptrdiff_t step,
                                     int32_t skip, int32_t channels, int32_t offset) {
  int8_t columns[PLANE_BLOCK][PLANE_BLOCK];
  tinyml_transpose(columns, from, step);
  TINYML_UNROLL
  for (int32_t k = 0; k < PLANE_BLOCK; k++) {
    if (k < channels) tinyml_copy_elements(to + k * plane, columns[skip + k], PLANE_BLOCK, offset);
  }
}

/* A block of pixels of less than PLANE_BLOCK channels, whose loads must not leave [first, end) of the row. */
static inline void tinyml_copy_narrow_block(tinyml_element *to, int64_t plane, const int8_t *from, ptrdiff_t step,
                                            int32_t channels, int32_t offset, const int8_t *first, const int8_t *end) {
  if (from + (PLANE_BLOCK - 1) * step + PLANE_BLOCK <= end) {
    tinyml_copy_block(to, plane, from, step, 0, channels, offset);
  } else if (from - first >= PLANE_BLOCK - channels) {
    tinyml_copy_block(to, plane, from + channels - PLANE_BLOCK, step, PLANE_BLOCK - channels, channels, offset);
  } else {
    for (int32_t c = 0; c < channels; c++) {
      for (int32_t i = 0; i < PLANE_BLOCK; i++) to[c * plane + i] = (tinyml_element)(from[i * step + c] + offset);
    }
  }
}

/* Elements of `count` pixels of `channels` each, `step` apart, to planes: to[c * plane + i]. Blocks may overlap. */
static void tinyml_copy_planes(tinyml_element *to, int64_t plane, const int8_t *from, int64_t count, int64_t step,
                               int32_t channels, int32_t offset) {
  if (step == 1) {
    tinyml_copy_elements(to, from, (ptrdiff_t)count, offset);
    return;
  }
  if (count < PLANE_BLOCK) {
    for (int32_t c = 0; c < channels; c++) {
      for (int64_t i = 0; i < count; i++) to[c * plane + i] = (tinyml_element)(from[i * step + c] + offset);
    }
    return;
  }
  const int8_t *end = from + (count - 1) * step + channels;
  for (int32_t first = 0; first < channels; first += PLANE_BLOCK) {
    const int32_t c = channels < PLANE_BLOCK ? 0 : first < channels - PLANE_BLOCK ? first : channels - PLANE_BLOCK;
    for (int64_t at = 0; at < count; at += PLANE_BLOCK) {
      const int64_t i = at < count - PLANE_BLOCK ? at : count - PLANE_BLOCK;
      if (channels < PLANE_BLOCK) {
        tinyml_copy_narrow_block(to + i, plane, from + i * step, (ptrdiff_t)step, channels, offset, from, end);
      } else {
        tinyml_copy_block(to + c * plane + i, plane, from + i * step + c, (ptrdiff_t)step, 0, PLANE_BLOCK, offset);
      }
    }
  }
}

#endif
