/* Gradients a pixel at a time: src/program/kernels/gradient-passes.ts has the meaning. */
#ifndef TINYML_GRADIENT_PASSES_H
#define TINYML_GRADIENT_PASSES_H

#include <stddef.h>

#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

/* What is done with the gradient of a pixel. */
typedef struct {
  int32_t masked, scaled;
  const int8_t *bits; /* of the pixel */
  const float *factors;
} tinyml_finish;

static inline float tinyml_passed(const tinyml_finish *finish, int32_t channel, float value) {
  if (finish->masked == 0) return value;
  return ((uint8_t)finish->bits[channel >> 3] >> (channel & 7) & 1) == 0 ? 0.0f : value;
}

static inline float tinyml_factored(const tinyml_finish *finish, int32_t channel, float value) {
  return finish->scaled == 0 ? value : value * finish->factors[channel];
}

/* On to the next pixel. */
static inline void tinyml_next_bits(tinyml_finish *finish, int32_t channels) {
  if (finish->masked != 0) finish->bits += (channels + 7) / 8;
}

/* A first pass. */
typedef struct {
  tinyml_finish finish;
  tinyml_extent seen;
  double *sums; /* NULL: nobody asks */
} tinyml_extent_pass;

static inline void tinyml_extend_pass(tinyml_extent_pass *pass, int32_t channel, float value) {
  const float passed = tinyml_passed(&pass->finish, channel, value);
  if (pass->sums != NULL) pass->sums[channel] += (double)passed;
  pass->seen = tinyml_extend(pass->seen, tinyml_factored(&pass->finish, channel, passed));
}

static inline tinyml_extent_pass tinyml_start_extent(tinyml_finish finish, int32_t summed, int32_t channels,
                                                     double *sums) {
  for (int32_t c = 0; c < channels; c++) sums[c] = 0.0;
  return (tinyml_extent_pass){finish, tinyml_empty_extent(), summed == 1 ? sums : NULL};
}

static inline void tinyml_store_pass(const tinyml_extent_pass *pass, int32_t channels, float *extent, float *sums) {
  tinyml_store_extent(pass->seen, extent);
  for (int32_t c = 0; pass->sums != NULL && c < channels; c++) sums[c] = (float)pass->sums[c];
}

/* A second pass. */
typedef struct {
  tinyml_finish finish;
  float inverse, zero_point, limit;
  int32_t stochastic;
  uint32_t key, index;
} tinyml_encode_pass;

static inline tinyml_encode_pass tinyml_start_codes(tinyml_finish finish, const float *quantizer, int32_t limit,
                                                    int32_t stochastic, uint32_t key) {
  return (tinyml_encode_pass){finish, quantizer[TINYML_INVERSE], (float)tinyml_zero_point(quantizer), (float)limit,
                              stochastic, key, 0};
}

static inline int8_t tinyml_encode_passed(tinyml_encode_pass *pass, int32_t channel, float value) {
  const float own = tinyml_factored(&pass->finish, channel, tinyml_passed(&pass->finish, channel, value));
  const float real = tinyml_between(own, -INFINITY, INFINITY);
  const float scaled = tinyml_between(real * pass->inverse + pass->zero_point, -pass->limit, pass->limit);
  const uint32_t index = pass->index++;
  if (pass->stochastic == 1) return (int8_t)tinyml_round_stochastic(scaled, pass->key, index);
  return (int8_t)(int32_t)tinyml_round_nearest(scaled);
}

#endif
