/* Quantisers whose scale changes from step to step: src/program/kernels/quantizer.ts has the meaning. */
#ifndef TINYML_QUANTIZER_H
#define TINYML_QUANTIZER_H

#include <math.h>
#include <stdint.h>

enum { TINYML_SCALE, TINYML_INVERSE, TINYML_ZERO_POINT, TINYML_QUANTIZER };

/* The zero point as an integer; 0 where it is no int8. */
static inline int32_t tinyml_zero_point(const float *quantizer) {
  const float zero_point = quantizer[TINYML_ZERO_POINT];
  return zero_point >= -128.0f && zero_point <= 127.0f ? (int32_t)zero_point : 0;
}

/* A value between two bounds, the lower one for NaN: a maximum and a minimum as vector instructions have them. */
static inline float tinyml_between(float value, float low, float high) {
  const float above = value > low ? value : low;
  return above < high ? above : high;
}

/* Nearest integer to a float of at most 2^22, halves to even: a sum beyond 2^23 has no bits for a fraction. */
static inline float tinyml_round_nearest(float value) {
  const float rounder = 12582912.0f; /* 1.5 * 2^23 */
  return (value + rounder) - rounder;
}

/* The code of a real value, between two bounds. */
static inline float tinyml_code_of(float value, const float *quantizer, float low, float high) {
  const float scaled = value * quantizer[TINYML_INVERSE] + (float)tinyml_zero_point(quantizer);
  return tinyml_round_nearest(tinyml_between(scaled, low, high));
}

/* The real value of a code. */
static inline float tinyml_real_of(int32_t code, int32_t zero_point, float scale) {
  return (float)(code - zero_point) * scale;
}

/* A scale that is not positive and finite becomes 1. */
static inline void tinyml_set_quantizer(float *quantizer, float scale, float zero_point) {
  const float usable = scale >= 0x1p-126f && scale <= 0x1p126f ? scale : 1.0f;
  quantizer[TINYML_SCALE] = usable;
  quantizer[TINYML_INVERSE] = 1.0f / usable;
  quantizer[TINYML_ZERO_POINT] = zero_point;
  quantizer[3] = 0.0f;
}

/* Least and greatest value so far; NaN is passed over. */
typedef struct {
  float least, greatest;
} tinyml_extent;

static inline tinyml_extent tinyml_empty_extent(void) {
  return (tinyml_extent){INFINITY, -INFINITY};
}

static inline tinyml_extent tinyml_extend(tinyml_extent so_far, float value) {
  if (value < so_far.least) so_far.least = value;
  if (value > so_far.greatest) so_far.greatest = value;
  return so_far;
}

/* Writes an extent; -0 becomes 0, so that the order of the values does not matter. */
static inline void tinyml_store_extent(tinyml_extent from, float *extent) {
  extent[0] = from.least + 0.0f;
  extent[1] = from.greatest + 0.0f;
}

/* A random number by counter: the finaliser of MurmurHash3. */
static inline uint32_t tinyml_random_bits(uint32_t key, uint32_t index) {
  uint32_t h = index * UINT32_C(0x9e3779b9) + key;
  h = (h ^ (h >> 16)) * UINT32_C(0x85ebca6b);
  h = (h ^ (h >> 13)) * UINT32_C(0xc2b2ae35);
  return h ^ (h >> 16);
}

/* Stochastic rounding of a float in [-128, 127]. */
static inline int32_t tinyml_round_stochastic(float value, uint32_t key, uint32_t index) {
  const float fraction = (float)(int32_t)(tinyml_random_bits(key, index) >> 17) * 0x1p-15f;
  return (int32_t)((value + 256.0f) + fraction) - 256;
}

#endif
