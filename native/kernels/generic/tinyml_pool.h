/* Pooling of one output position: the inner loops. */
#ifndef TINYML_POOL_H
#define TINYML_POOL_H

#include <stdint.h>

/* The part of a window that lies in the input; distances are in bytes. */
typedef struct {
  int32_t rows, columns;
  int32_t next_column, next_row;
  int32_t channels, act_min, act_max;
} tinyml_pool;

/* output[c] = the greatest from[c] of the window. */
void tinyml_pool_max(const tinyml_pool *pool, const int8_t *from, int8_t *output);

/* output[c] = (first + the sum of from[c] in the window) / count, halves away from zero. */
void tinyml_pool_mean(const tinyml_pool *pool, int32_t first, int32_t count, const int8_t *from, int8_t *output);

#endif
