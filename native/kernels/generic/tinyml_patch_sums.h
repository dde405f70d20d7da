/* What a patch and its reference differ by. Written once per instruction set; tinyml_patch_sums.c chooses. */
#ifndef TINYML_PATCH_SUMS_H
#define TINYML_PATCH_SUMS_H

#include <stdint.h>

/* Over the elements of a patch: sum and maximum of |d|, sum of the magnitudes of the values, number of |d| above. */
typedef struct {
  uint32_t sum, most, values, above;
} tinyml_patch_sums;

/* What is the same for all patches; distances are in bytes. */
typedef struct {
  int32_t rows, run; /* rows of a patch, and the bytes of one */
  int32_t next_row;
  int32_t zero_point, threshold;
  int32_t sums_only; /* `most` and `above` are not asked for and may be anything */
} tinyml_patches;

void tinyml_patch_sums_of(const tinyml_patches *patches, const int8_t *x, const int8_t *reference,
                          tinyml_patch_sums *sums);

#endif
