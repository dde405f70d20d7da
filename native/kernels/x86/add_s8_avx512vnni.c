#include "tinyml_avx512.h"
#include "../tinyml_functions.h"

typedef tinyml_add_s8_params params;

enum { WIDTH = 64, LONGEST_QUICK_SHIFT = 20 };

/* Packed: the three requantisations, the same in all lanes. */
typedef struct {
  tinyml_requantisation input1, input2, output;
  _Alignas(64) int32_t quick;
} constants;

static size_t packed_bytes(const void *p) {
  (void)p;
  return (sizeof(constants) + 63) / 64 * 64;
}

static void pack(const void *of, const void *const *none, void *packed) {
  const params *p = of;
  (void)none;
  constants *to = packed;
  /* Inputs of 256 << 20 at most become no larger without left shifts, and neither does half their sum. */
  const bool quick = p->left_shift <= LONGEST_QUICK_SHIFT && p->input1_shift <= 0 && p->input2_shift <= 0 &&
                     p->output_shift <= 0;
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) {
    tinyml_pack_requantisation(&to->input1, lane, 0, p->input1_multiplier, p->input1_shift, quick);
    tinyml_pack_requantisation(&to->input2, lane, 0, p->input2_multiplier, p->input2_shift, quick);
    tinyml_pack_requantisation(&to->output, lane, 0, p->output_multiplier, p->output_shift, quick);
  }
  to->quick = quick;
}

/* 16 inputs requantised. */
TINYML_INLINE __m512i requantise_input(__m128i bytes, int32_t offset, int32_t left_shift,
                                       const tinyml_requantisation *q, bool quick) {
  const __m512i x = _mm512_add_epi32(_mm512_cvtepi8_epi32(bytes), _mm512_set1_epi32(offset));
  const __m512i shifted = _mm512_sll_epi32(x, _mm_cvtsi32_si128(left_shift));
  return tinyml_requantise_lanes(_mm512_add_epi32(shifted, _mm512_load_si512(q->bias)), q, quick);
}

TINYML_INLINE __m128i quarter(__m512i bytes, int32_t number) {
  switch (number) {
    case 0:
      return _mm512_castsi512_si128(bytes);
    case 1:
      return _mm512_extracti32x4_epi32(bytes, 1);
    case 2:
      return _mm512_extracti32x4_epi32(bytes, 2);
    default:
      return _mm512_extracti32x4_epi32(bytes, 3);
  }
}

/* Both inputs are read before the output is written, which may lie on either. */
TINYML_INLINE void add(const params *p, const int8_t *input1, const int8_t *input2, const constants *with,
                       int8_t *output, bool quick) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const tinyml_output to = tinyml_output_of(p->output_offset, p->act_min, p->act_max, quick);
  for (int64_t i = 0; i < p->size; i += WIDTH) {
    const __mmask64 present = tinyml_first_bytes(p->size - i);
    const __m512i x1 = _mm512_maskz_loadu_epi8(present, input1 + i), x2 = _mm512_maskz_loadu_epi8(present, input2 + i);
    __m512i values[4];
#pragma GCC unroll 4
    for (int32_t j = 0; j < 4; j++) {
      const __m512i a = requantise_input(quarter(x1, j), p->input1_offset, p->left_shift, &with->input1, quick);
      const __m512i b = requantise_input(quarter(x2, j), p->input2_offset, p->left_shift, &with->input2, quick);
      const __m512i sum = _mm512_add_epi32(_mm512_add_epi32(a, b), _mm512_load_si512(with->output.bias));
      values[j] = tinyml_requantise_lanes(sum, &with->output, quick);
    }
    const __m512i bytes = tinyml_narrow(values[0], values[1], values[2], values[3], &to);
    _mm512_mask_storeu_epi8(output + i, present, _mm512_permutexvar_epi32(order, bytes));
  }
}

static void run(const void *p, void *const *operands, const void *packed, void *scratch) {
  (void)scratch;
  const constants *with = packed;
  if (with->quick) {
    add(p, operands[0], operands[1], with, operands[2], true);
  } else {
    add(p, operands[0], operands[1], with, operands[2], false);
  }
}

const tinyml_functions tinyml_add_s8_avx512vnni = {NULL, packed_bytes, pack, NULL, run};
