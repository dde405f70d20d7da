/* Quantisers whose scale changes from step to step: src/program/kernels/quantiser.ts has the meaning. */
#ifndef TINYML_QUANTISER_H
#define TINYML_QUANTISER_H

#include <stdint.h>

enum { TINYML_SCALE, TINYML_INVERSE, TINYML_ZERO_POINT, TINYML_QUANTISER };

/* The zero point as an integer; 0 where it is no int8. */
static inline int32_t tinyml_zero_point(const float *quantiser) {
  const float zero_point = quantiser[TINYML_ZERO_POINT];
  return zero_point >= -128.0f && zero_point <= 127.0f ? (int32_t)zero_point : 0;
}

#endif
