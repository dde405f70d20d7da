/* Vectors of 4 floats: Advanced SIMD of Armv8. */
#ifndef TINYML_VEC_H
#define TINYML_VEC_H

#include <arm_neon.h>
#include <string.h>

#include "../simd/words.h"

enum { TINYML_LANES = 4 };
typedef float32x4_t tinyml_vec;

#define TINYML_FUNCTIONS(name) tinyml_##name##_neon

/* Blocks of output channels times pixels that fit the 32 registers. */
#define TINYML_TILES(TILE)                                                                                       \
  TILE(1, 1) TILE(1, 2) TILE(1, 3) TILE(1, 4) TILE(1, 5) TILE(1, 6) TILE(1, 7) TILE(1, 8) TILE(1, 9) TILE(1, 10) \
  TILE(1, 11) TILE(1, 12)                                                                                        \
  TILE(2, 1) TILE(2, 2) TILE(2, 3) TILE(2, 4) TILE(2, 5) TILE(2, 6) TILE(2, 7) TILE(2, 8) TILE(2, 9) TILE(2, 10) \
  TILE(4, 1) TILE(4, 2) TILE(4, 3) TILE(4, 4) TILE(4, 5) TILE(4, 6)                                              \
  TILE(8, 1) TILE(8, 2)
/* Chains that hide the latency of a multiply-add. */
enum { TINYML_CHAINS_NEEDED = 8 };
/* Vectors of neighbouring channels that fit them for a few pixels. */
enum { TINYML_CHANNEL_VECTORS = 4 };
/* Blocks that share what a tile reads of the input, where there are many pixels. */
enum { TINYML_PANEL = 4 };

/* Bytes of the first `count` lanes. */
static inline size_t tinyml_first(int32_t count) {
  return (size_t)(count < TINYML_LANES ? count : TINYML_LANES) * sizeof(float);
}

static inline tinyml_vec tinyml_splat(float value) {
  return vdupq_n_f32(value);
}

static inline tinyml_vec tinyml_load(const float *from) {
  return vld1q_f32(from);
}

/* The first `count` lanes, or all where it is more; the rest are zeros, or stay as they are. */
static inline tinyml_vec tinyml_load_first(const float *from, int32_t count) {
  float lanes[4] = {0};
  memcpy(lanes, from, tinyml_first(count));
  return vld1q_f32(lanes);
}

static inline void tinyml_store(float *to, tinyml_vec v) {
  vst1q_f32(to, v);
}

static inline void tinyml_store_first(float *to, tinyml_vec v, int32_t count) {
  float lanes[4];
  vst1q_f32(lanes, v);
  memcpy(to, lanes, tinyml_first(count));
}

static inline tinyml_vec tinyml_add(tinyml_vec a, tinyml_vec b) {
  return vaddq_f32(a, b);
}

static inline tinyml_vec tinyml_multiply(tinyml_vec a, tinyml_vec b) {
  return vmulq_f32(a, b);
}

static inline tinyml_vec tinyml_divide(tinyml_vec a, tinyml_vec b) {
  return vdivq_f32(a, b);
}

static inline tinyml_vec tinyml_multiply_add(tinyml_vec a, tinyml_vec b, tinyml_vec c) {
  return vfmaq_f32(c, a, b);
}

static inline tinyml_vec tinyml_bound(tinyml_vec v, tinyml_vec lowest, tinyml_vec highest) {
  const tinyml_vec above = vbslq_f32(vcltq_f32(v, lowest), lowest, v);
  return vbslq_f32(vcgtq_f32(above, highest), highest, above);
}

static inline tinyml_vec tinyml_greater(tinyml_vec v, tinyml_vec best) {
  return vbslq_f32(vorrq_u32(vcgtq_f32(v, best), vmvnq_u32(vceqq_f32(v, v))), v, best);
}

static inline tinyml_vec tinyml_sqrt(tinyml_vec v) {
  return vsqrtq_f32(v);
}

/* a < b ? a : b, and a > b ? a : b. */
static inline tinyml_vec tinyml_min(tinyml_vec a, tinyml_vec b) {
  return vbslq_f32(vcltq_f32(a, b), a, b);
}

static inline tinyml_vec tinyml_max(tinyml_vec a, tinyml_vec b) {
  return vbslq_f32(vcgtq_f32(a, b), a, b);
}

/* 4 codes as int32, and the lowest bytes of 4 int32, whatever the type of the register. */
static inline int32x4_t tinyml_load_bytes(const int8_t *from) {
  int32_t four;
  memcpy(&four, from, sizeof(four));
  return vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(four)))));
}

static inline void tinyml_store_bytes(int8_t *to, tinyml_vec v) {
  const int16x4_t narrow = vmovn_s32(vreinterpretq_s32_f32(v));
  const int32_t four = vget_lane_s32(vreinterpret_s32_s8(vmovn_s16(vcombine_s16(narrow, narrow))), 0);
  memcpy(to, &four, sizeof(four));
}

#endif
