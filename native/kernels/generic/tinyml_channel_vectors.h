/* Weights in vectors of sixteen int8, and output channels in eights: of what requantises an eight the even channels come first, then the
 * odd ones. */
#ifndef TINYML_CHANNEL_VECTORS_H
#define TINYML_CHANNEL_VECTORS_H

#include <stdint.h>

#include "tinyml_fixed_point.h"

#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1) && defined(__GNUC__)
#define TINYML_VECTORS_MVE
#endif

/* Inputs of a vector, and channels that are requantised together. */
enum { TINYML_VECTOR = 16, TINYML_EIGHT = 8 };

/* int32 that requantise eight channels of a convolution: biases, multipliers and powers of two. */
enum { TINYML_SCALES = 3 * TINYML_EIGHT };

/* The place of a channel among its eight. */
static inline int32_t tinyml_place_in_eight(int32_t channel) {
  return channel % 2 * (TINYML_EIGHT / 2) + channel % TINYML_EIGHT / 2;
}

/* TFLite's double rounding and the zero point, clamped to int8. multiplier in [2^30, 2^31), power: 2^(32 - right). */
static inline int8_t tinyml_narrow_onto(int32_t zero_point, uint32_t sum, int32_t multiplier, int32_t power) {
  return tinyml_saturate_s8(tinyml_requantize_onto(zero_point, (int32_t)sum, multiplier, power));
}

#ifdef TINYML_VECTORS_MVE
/* The same in assembly of sums in q0 (even channels) and q1 (odd ones), to int16 in q0: multiplied, then TINYML_VECTORS_DOWN, or nothing
 * where codes below the zero point are clamped to it, then shifted, and the zero point added. */
#define TINYML_VECTORS_TO_INT8(power0, power1, zero_point) \
  "vrmulh.s32 q0, q0, " power0 "\n"                        \
  "vrmulh.s32 q1, q1, " power1 "\n"                        \
  "vqmovnb.s32 q0, q0\n"                                   \
  "vqmovnt.s32 q0, q1\n"                                   \
  "vqadd.s16 q0, q0, " zero_point "\n"                     \
  "vqmovnb.s16 q0, q0\n"

/* One less where it is negative, so that ties go down. one: a register that holds 1. */
#define TINYML_VECTORS_DOWN(one)     \
  "vpt.s32 lt, q0, zr\n"             \
  "vsubt.i32 q0, q0, " one "\n"      \
  "vpt.s32 lt, q1, zr\n"             \
  "vsubt.i32 q1, q1, " one "\n"
#endif

#endif
