/* Weights of 4 bits as int8, some rows at a time: codes -8 to 7 times factors 1 to 15 (src/program/kernels/four-bits.ts).
 * tinyml_four_bits.c chooses what the instruction set has. */
#ifndef TINYML_FOUR_BITS_H
#define TINYML_FOUR_BITS_H

#include <stdint.h>

/* Codes that are unpacked together: four bytes. */
enum { TINYML_FOUR_BIT_RUN = 8 };

typedef struct {
  const int8_t *codes, *factors;
  int32_t row_size, group; /* multiples of the run; the last group of a row may be shorter */
} tinyml_four_bits;

/* Rows first to first + rows, one behind the other, row_size bytes each. */
void tinyml_unpack_rows(const tinyml_four_bits *weights, int32_t first, int32_t rows, uint32_t *to);

#endif
