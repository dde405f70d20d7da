/* Armv8.2 with SDOT: words of four int8, inputs as they are. */
#ifndef TINYML_SIMD_VEC_H
#define TINYML_SIMD_VEC_H

#define TINYML_NAME(kernel) tinyml_##kernel##_dotprod

enum { TINYML_WORD = 4 };

#include "vec_arm.h"

typedef int8_t tinyml_element;

/* 8 words. */
typedef struct {
  int8x16_t v[2];
} tinyml_words;

TINYML_INLINE int32_t tinyml_image_offset(int32_t input_offset) {
  (void)input_offset;
  return 0;
}

TINYML_INLINE void tinyml_copy_elements(int8_t *to, const int8_t *from, ptrdiff_t count, int32_t offset) {
  ptrdiff_t i = 0;
  (void)offset;
  for (; i + 16 <= count; i += 16) vst1q_s8(to + i, vld1q_s8(from + i));
  for (; i < count; i++) to[i] = from[i];
}

TINYML_INLINE int32_t tinyml_weight_index(int32_t lane, int32_t element) {
  return lane * TINYML_WORD + element;
}
TINYML_INLINE int32_t tinyml_part_index(int32_t lane, int32_t element) {
  return tinyml_weight_index(lane, element);
}

TINYML_INLINE tinyml_words tinyml_load_words(const int8_t *from) {
  return (tinyml_words){{vld1q_s8(from), vld1q_s8(from + 16)}};
}

TINYML_INLINE tinyml_words tinyml_load_weights(const int8_t *from) {
  return tinyml_load_words(from);
}

TINYML_INLINE tinyml_words tinyml_broadcast(const int8_t *from) {
  int32_t word;
  memcpy(&word, from, sizeof(word));
  const int8x16_t same = vreinterpretq_s8_s32(vdupq_n_s32(word));
  return (tinyml_words){{same, same}};
}

/* Words of 32 elements of four rows, in order. */
TINYML_INLINE void tinyml_interleave(tinyml_words words[4], const int8_t *const rows[TINYML_WORD], ptrdiff_t at) {
  TINYML_UNROLL
  for (int32_t i = 0; i < 2; i++) {
    const int8x16_t a = vld1q_s8(rows[0] + at + 16 * i), b = vld1q_s8(rows[1] + at + 16 * i);
    const int8x16_t c = vld1q_s8(rows[2] + at + 16 * i), d = vld1q_s8(rows[3] + at + 16 * i);
    const int16x8_t ab_low = vreinterpretq_s16_s8(vzip1q_s8(a, b)), ab_high = vreinterpretq_s16_s8(vzip2q_s8(a, b));
    const int16x8_t cd_low = vreinterpretq_s16_s8(vzip1q_s8(c, d)), cd_high = vreinterpretq_s16_s8(vzip2q_s8(c, d));
    words[2 * i] = (tinyml_words){{vreinterpretq_s8_s16(vzip1q_s16(ab_low, cd_low)),
                                   vreinterpretq_s8_s16(vzip2q_s16(ab_low, cd_low))}};
    words[2 * i + 1] = (tinyml_words){{vreinterpretq_s8_s16(vzip1q_s16(ab_high, cd_high)),
                                       vreinterpretq_s8_s16(vzip2q_s16(ab_high, cd_high))}};
  }
}

TINYML_INLINE tinyml_vec tinyml_multiply_add(tinyml_vec sum, tinyml_words x, tinyml_words weights) {
  return (tinyml_vec){{vdotq_s32(sum.v[0], weights.v[0], x.v[0]), vdotq_s32(sum.v[1], weights.v[1], x.v[1])}};
}

typedef int8x16_t tinyml_chunk;

TINYML_INLINE int8x16_t tinyml_load_chunk(const int8_t *from) {
  return vld1q_s8(from);
}

#define TINYML_TIMES_WORD(word)                                      \
  (tinyml_vec){{vdotq_laneq_s32(sum.v[0], weights.v[0], chunk, word), \
                vdotq_laneq_s32(sum.v[1], weights.v[1], chunk, word)}}

TINYML_INLINE tinyml_vec tinyml_multiply_add_chunk(tinyml_vec sum, int8x16_t chunk, const int32_t word,
                                                   tinyml_words weights) {
  switch (word) {
    case 0:
      return TINYML_TIMES_WORD(0);
    case 1:
      return TINYML_TIMES_WORD(1);
    case 2:
      return TINYML_TIMES_WORD(2);
    default:
      return TINYML_TIMES_WORD(3);
  }
}

#endif
