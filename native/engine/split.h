/* How a step is divided among threads: kernels whose output is independent from image to image, or from one stretch of
 * elements to the next, run on a part of their operands each. What a part writes is what the whole would have written. */
#ifndef TINYML_ENGINE_SPLIT_H
#define TINYML_ENGINE_SPLIT_H

#include "kernels.h"

typedef struct {
  /* Parts can be no smaller than a unit; 0 or 1: the step cannot be divided. */
  int32_t units;
  /* What the first parameter, the number of images or elements, is for one unit. */
  int32_t per_unit;
  tinyml_division operands[TINYML_MAX_OPERANDS];
} tinyml_split;

/* The division of a step; `params` are those that were checked. */
tinyml_split tinyml_split_of(tinyml_kernel kernel, const int32_t *params);

#endif
