/* Reductions over the values of a tensor, for calibration and error analysis; src/engine/reductions.ts says the same, bit
 * for bit. */
#ifndef TINYML_REDUCTIONS_H
#define TINYML_REDUCTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits of a float32 that a bin of count_octaves leaves open, and the number of bins. */
enum { TINYML_OCTAVE_SHIFT = 18, TINYML_OCTAVE_BINS = 1 << (32 - TINYML_OCTAVE_SHIFT) };

typedef struct {
  double signal; /* sum of value^2 */
  double noise;  /* sum of (value - (code - zero_point) * scale)^2 */
  double beyond; /* values below `low` or above `high` */
} tinyml_errors;

typedef struct {
  /* Least and greatest of at least one value; false where one is NaN or infinite. */
  bool (*extent)(const float *values, size_t count, float *least, float *greatest);
  /* counts[floor(value * per_unit) + bins / 2]++, in float32; what lies beyond, in the first or last of the bins. */
  void (*count_bins)(const float *values, size_t count, float per_unit, double *counts, int32_t bins);
  /* counts[bits >> TINYML_OCTAVE_SHIFT]++ for the bits of each float32: sign, exponent and the first bits of the mantissa. */
  void (*count_octaves)(const float *values, size_t count, double *counts);
  /* Codes against the values that they stand for. */
  tinyml_errors (*compare_codes)(const float *values, const int8_t *codes, size_t count, double scale,
                                 double zero_point, double low, double high);
} tinyml_reductions;

/* The same bits, by instruction set. */
extern const tinyml_reductions tinyml_reductions_generic;
#if defined(__x86_64__)
extern const tinyml_reductions tinyml_reductions_avx2;
#endif

/* The fastest for this processor. */
const tinyml_reductions *tinyml_best_reductions(void);

#endif
