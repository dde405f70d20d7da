/* Pixels to planes: bytes of one channel side by side. */
#ifndef TINYML_SIMD_PLANES_H
#define TINYML_SIMD_PLANES_H

#include "layer.h"

/* A block has as many pixels and channels. */
enum { PLANE_BLOCK = 8 };

typedef int8_t tinyml_16_bytes __attribute__((vector_size(16)));

#define TINYML_ZIP_LOW(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define TINYML_ZIP_HIGH(a, b) \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

TINYML_INLINE tinyml_16_bytes tinyml_load_8_bytes(const int8_t *from) {
  int64_t bytes[2] = {0, 0};
  tinyml_16_bytes v;
  memcpy(bytes, from, 8);
  memcpy(&v, bytes, sizeof(v));
  return v;
}

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

/* Elements of `count` pixels of `channels` each, `step` apart, to planes: to[c * plane + i]. */
static void tinyml_copy_planes(tinyml_element *to, int64_t plane, const int8_t *from, int64_t count, int64_t step,
                               int32_t channels, int32_t offset) {
  if (count < PLANE_BLOCK || channels < PLANE_BLOCK) {
    for (int32_t c = 0; c < channels; c++) {
      for (int64_t i = 0; i < count; i++) to[c * plane + i] = (tinyml_element)(from[i * step + c] + offset);
    }
    return;
  }
  for (int32_t first = 0; first < channels; first += PLANE_BLOCK) {
    const int32_t c = first < channels - PLANE_BLOCK ? first : channels - PLANE_BLOCK;
    for (int64_t at = 0; at < count; at += PLANE_BLOCK) {
      const int64_t i = at < count - PLANE_BLOCK ? at : count - PLANE_BLOCK;
      int8_t columns[PLANE_BLOCK][PLANE_BLOCK];
      tinyml_transpose(columns, from + i * step + c, (ptrdiff_t)step);
      TINYML_UNROLL
      for (int32_t k = 0; k < PLANE_BLOCK; k++) {
        tinyml_copy_elements(to + (c + k) * plane + i, columns[k], PLANE_BLOCK, offset);
      }
    }
  }
}

#endif
