/* Means of one output position into a scale of their own: the inner loops. Written once per instruction set;
 * tinyml_mean.c chooses. */
#ifndef TINYML_MEAN_H
#define TINYML_MEAN_H

#include <stdint.h>

/* The part of a window that lies in the input; distances are in bytes. */
typedef struct {
  int32_t rows, columns;
  int32_t next_column, next_row;
  int32_t channels;
  int32_t input_offset, output_offset, multiplier, shift, act_min, act_max;
} tinyml_mean;

/* output[c] = the requantised sum of from[c] + input_offset in the window. */
void tinyml_mean_of(const tinyml_mean *mean, const int8_t *from, int8_t *output);

#endif
