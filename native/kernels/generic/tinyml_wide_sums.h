/* Rows of int8 weights times int16 numbers, as sums of 64 bits: the inner loops of kernels of 16-bit codes. tinyml_wide_sums.c
 * chooses what the instruction set has. */
#ifndef TINYML_WIDE_SUMS_H
#define TINYML_WIDE_SUMS_H

#include <stdint.h>

/* Rows that a kernel has summed at once. */
enum { TINYML_WIDE_ROWS = 4 };

/* sums[i] += the sum of x[k] * w[i * distance + k], k < count, for i < rows (1 to TINYML_WIDE_ROWS). */
void tinyml_wide_sums(const int16_t *x, int32_t count, const int8_t *w, int32_t distance, int32_t rows, int64_t *sums);

#endif
