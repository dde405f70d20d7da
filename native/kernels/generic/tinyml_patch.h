/* Frames as patches: what the kernels that train gates share. src/program/kernels/patch-gate.ts has the meaning. */
#ifndef TINYML_PATCH_H
#define TINYML_PATCH_H

#include <stdint.h>

/* The first element of the first row of a patch, whose rows are `patch` times `channels` elements. */
typedef struct {
  int32_t rows, columns, patch, channels;
} tinyml_patches;

/* Elements from one row of pixels to the next. */
static inline int32_t tinyml_patch_stride(tinyml_patches p) {
  return p.columns * p.patch * p.channels;
}

static inline int32_t tinyml_patch_start(tinyml_patches p, int32_t image, int32_t row, int32_t column) {
  return (image * p.rows + row) * p.patch * tinyml_patch_stride(p) + column * p.patch * p.channels;
}

#endif
