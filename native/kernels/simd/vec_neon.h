/* Armv8.0: words of two int16, inputs minus their zero point. SMLAL takes one element of a word at a time. */
#ifndef TINYML_SIMD_VEC_H
#define TINYML_SIMD_VEC_H

#define TINYML_NAME(kernel) tinyml_##kernel##_neon

enum { TINYML_WORD = 2 };

#include "vec_arm.h"

typedef int16_t tinyml_element;

/* First elements of 8 words, and second ones. */
typedef struct {
  int16x8_t v[2];
} tinyml_words;

TINYML_INLINE int32_t tinyml_image_offset(int32_t input_offset) {
  return input_offset;
}

TINYML_INLINE void tinyml_copy_elements(int16_t *to, const int8_t *from, ptrdiff_t count, int32_t offset) {
  const int16x8_t add = vdupq_n_s16((int16_t)offset);
  ptrdiff_t i = 0;
  for (; i + 8 <= count; i += 8) vst1q_s16(to + i, vaddw_s8(add, vld1_s8(from + i)));
  for (; i < count; i++) to[i] = (int16_t)(from[i] + offset);
}

TINYML_INLINE int32_t tinyml_weight_index(int32_t lane, int32_t element) {
  return element * TINYML_LANES + lane;
}
TINYML_INLINE int32_t tinyml_part_index(int32_t lane, int32_t element) {
  return tinyml_weight_index(lane, element);
}

TINYML_INLINE tinyml_words tinyml_load_weights(const int8_t *from) {
  const int8x16_t weights = vld1q_s8(from);
  return (tinyml_words){{vmovl_s8(vget_low_s8(weights)), vmovl_high_s8(weights)}};
}

TINYML_INLINE tinyml_words tinyml_load_words(const int16_t *from) {
  return (tinyml_words){{vld1q_s16(from), vld1q_s16(from + 8)}};
}

TINYML_INLINE tinyml_words tinyml_broadcast(const int16_t *from) {
  return (tinyml_words){{vld1q_dup_s16(from), vld1q_dup_s16(from + 1)}};
}

/* Words of 32 elements of two rows, which need no interleaving. */
TINYML_INLINE void tinyml_interleave(tinyml_words words[4], const int16_t *const rows[TINYML_WORD], ptrdiff_t at) {
  TINYML_UNROLL
  for (int32_t i = 0; i < 4; i++) {
    words[i] = (tinyml_words){{vld1q_s16(rows[0] + at + 8 * i), vld1q_s16(rows[1] + at + 8 * i)}};
  }
}

TINYML_INLINE tinyml_vec tinyml_multiply_add(tinyml_vec sum, tinyml_words x, tinyml_words weights) {
  TINYML_UNROLL
  for (int32_t i = 0; i < TINYML_WORD; i++) {
    sum.v[0] = vmlal_s16(sum.v[0], vget_low_s16(weights.v[i]), vget_low_s16(x.v[i]));
    sum.v[1] = vmlal_high_s16(sum.v[1], weights.v[i], x.v[i]);
  }
  return sum;
}

typedef int16x8_t tinyml_chunk;

TINYML_INLINE int16x8_t tinyml_load_chunk(const int16_t *from) {
  return vld1q_s16(from);
}

#define TINYML_TIMES_ELEMENT(half, element)                                                                    \
  sum.v[0] = vmlal_laneq_s16(sum.v[0], vget_low_s16(weights.v[half]), chunk, element);                         \
  sum.v[1] = vmlal_high_laneq_s16(sum.v[1], weights.v[half], chunk, element)

TINYML_INLINE tinyml_vec tinyml_multiply_add_chunk(tinyml_vec sum, int16x8_t chunk, const int32_t word,
                                                   tinyml_words weights) {
  switch (word) {
    case 0:
      TINYML_TIMES_ELEMENT(0, 0);
      TINYML_TIMES_ELEMENT(1, 1);
      break;
    case 1:
      TINYML_TIMES_ELEMENT(0, 2);
      TINYML_TIMES_ELEMENT(1, 3);
      break;
    case 2:
      TINYML_TIMES_ELEMENT(0, 4);
      TINYML_TIMES_ELEMENT(1, 5);
      break;
    default:
      TINYML_TIMES_ELEMENT(0, 6);
      TINYML_TIMES_ELEMENT(1, 7);
  }
  return sum;
}

#endif
