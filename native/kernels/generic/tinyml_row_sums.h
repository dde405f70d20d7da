/* Rows of a matrix times a vector, both int8, as sums of 32 bits: the inner loops of recurrent layers. tinyml_row_sums.c chooses
 * what the instruction set has. */
#ifndef TINYML_ROW_SUMS_H
#define TINYML_ROW_SUMS_H

#include <stdint.h>

/* sums[i] += the sum of x[k] * w[i * distance + k], k < count, for i < rows (1 to 4). Sums wrap. */
void tinyml_row_sums(const int8_t *x, int32_t count, const int8_t *w, int32_t distance, int32_t rows, int32_t *sums);

#endif
