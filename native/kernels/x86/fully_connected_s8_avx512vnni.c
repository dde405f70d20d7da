/* Rows times weights: 128 outputs at a time in registers, weights read once per row, four inputs per VPDPBUSD. */
#include "tinyml_avx512.h"
#include "../tinyml_functions.h"

typedef tinyml_fully_connected_s8_params params;

/* Packed: a flag, the requantisation of every block of 16 outputs, its weights [block][word][16][4]. */
typedef struct {
  _Alignas(64) int32_t quick;
} header;

static int64_t blocks_of(const params *p) {
  return ((int64_t)p->out_features + TINYML_LANES - 1) / TINYML_LANES;
}

/* Groups of four inputs. */
static int64_t words_of(const params *p) {
  return ((int64_t)p->in_features + 3) / 4;
}

static size_t packed_bytes(const void *of) {
  const params *p = of;
  return sizeof(header) + (sizeof(tinyml_requantisation) + (size_t)words_of(p) * 64) * (size_t)blocks_of(p);
}

static int supports(const void *of) {
  const params *p = of;
  return packed_bytes(p) <= INT32_MAX;
}

static size_t scratch_bytes(const void *of) {
  const params *p = of;
  return (size_t)words_of(p) * 4;
}

static void pack(const void *of, const void *const *constants, void *packed) {
  const params *p = of;
  const int8_t *weights = constants[0];
  const int32_t *bias = constants[1], *multiplier = constants[2], *shift = constants[3];
  header *head = packed;
  tinyml_requantisation *requantisation = (void *)((int8_t *)packed + sizeof(header));
  int8_t *to = (int8_t *)(requantisation + blocks_of(p));
  memset(packed, 0, packed_bytes(p));
  bool quick = true;
  for (int32_t pass = 0; pass < 2; pass++) { /* first whether the quick form is exact for all outputs, then all */
    for (int32_t feature = 0; feature < p->out_features; feature++) {
      const int8_t *from = weights + (int64_t)feature * p->in_features;
      const int32_t q = p->per_channel * feature, block = feature / TINYML_LANES, lane = feature % TINYML_LANES;
      int64_t sum = 0, magnitude = 0;
      for (int32_t i = 0; i < p->in_features; i++) {
        sum += from[i];
        magnitude += from[i] < 0 ? -from[i] : from[i];
      }
      quick = quick && tinyml_quick(bias[feature], magnitude, shift[q]);
      if (pass == 0) continue;
      int8_t *lanes = to + block * words_of(p) * 64 + lane * 4;
      for (int32_t i = 0; i < p->in_features; i++) lanes[(int64_t)(i / 4) * 64 + i % 4] = from[i];
      const uint32_t corrected = (uint32_t)(bias[feature] + sum * (p->input_offset - 128));
      tinyml_pack_requantisation(&requantisation[block], lane, corrected, multiplier[q], shift[q], quick);
    }
  }
  head->quick = quick;
}

TINYML_INLINE __m512i broadcast(const uint8_t *at) {
  int32_t word;
  memcpy(&word, at, sizeof(word));
  return _mm512_set1_epi32(word);
}

/* sums[n] = products of all inputs with block n, for eight or four blocks. */
TINYML_INLINE void multiply(__m512i *sums, const int32_t blocks, const uint8_t *x, const int8_t *weights,
                            int64_t words) {
#pragma GCC unroll 8
  for (int32_t n = 0; n < blocks; n++) sums[n] = _mm512_setzero_si512();
  for (int64_t word = 0; word < words; word++) {
    const __m512i four = broadcast(x + 4 * word);
#pragma GCC unroll 8
    for (int32_t n = 0; n < blocks; n++) {
      sums[n] = _mm512_dpbusd_epi32(sums[n], four, _mm512_load_si512(weights + (n * words + word) * 64));
    }
  }
}

/* The same for one block, in four independent sums. */
TINYML_INLINE __m512i multiply_one(const uint8_t *x, const int8_t *weights, int64_t words) {
  __m512i sums[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
  int64_t word = 0;
  for (; word + 4 <= words; word += 4) {
#pragma GCC unroll 4
    for (int32_t j = 0; j < 4; j++) {
      sums[j] = _mm512_dpbusd_epi32(sums[j], broadcast(x + 4 * (word + j)), _mm512_load_si512(weights + (word + j) * 64));
    }
  }
  for (; word < words; word++) {
    sums[0] = _mm512_dpbusd_epi32(sums[0], broadcast(x + 4 * word), _mm512_load_si512(weights + word * 64));
  }
  return _mm512_add_epi32(_mm512_add_epi32(sums[0], sums[1]), _mm512_add_epi32(sums[2], sums[3]));
}

/* Outputs of up to four blocks, `count` of them. */
TINYML_INLINE void store(const __m512i sums[4], int64_t blocks, const tinyml_requantisation *requantisation,
                         const tinyml_output *output, int8_t *to, int64_t count) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  __m512i values[4];
#pragma GCC unroll 4
  for (int32_t j = 0; j < 4; j++) {
    const int64_t n = j < blocks ? j : 0;
    const __m512i sum = _mm512_add_epi32(sums[n], _mm512_load_si512(requantisation[n].bias));
    values[j] = tinyml_requantise_lanes(sum, &requantisation[n], output->quick);
  }
  const __m512i bytes = tinyml_narrow(values[0], values[1], values[2], values[3], output);
  _mm512_mask_storeu_epi8(to, tinyml_first_bytes(count), _mm512_permutexvar_epi32(order, bytes));
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  const int8_t *input = operands[0];
  int8_t *output = operands[5];
  const int64_t blocks = blocks_of(p), words = words_of(p);
  const header *head = packed;
  const tinyml_requantisation *requantisation = (const void *)((const int8_t *)packed + sizeof(header));
  const int8_t *weights = (const int8_t *)(requantisation + blocks);
  const tinyml_output to = tinyml_output_of(p->output_offset, p->act_min, p->act_max, head->quick != 0);
  uint8_t *x = scratch;
  memset(x + (words - 1) * 4, 0, 4);
  for (int32_t row = 0; row < p->rows; row++) {
    tinyml_copy_unsigned(x, input, p->in_features);
    for (int64_t block = 0; block < blocks;) {
      const int64_t left = blocks - block;
      const int8_t *with = weights + block * words * 64;
      __m512i sums[8];
      if (left >= 8) {
        multiply(sums, 8, x, with, words);
      } else if (left >= 4) {
        multiply(sums, 4, x, with, words);
      } else {
        for (int64_t n = 0; n < left; n++) sums[n] = multiply_one(x, with + n * words * 64, words);
      }
      const int64_t done = left >= 8 ? 8 : left >= 4 ? 4 : left;
      for (int64_t n = 0; n < done; n += 4) {
        const int64_t first = (block + n) * TINYML_LANES;
        store(sums + n, done - n, requantisation + block + n, &to, output + first, p->out_features - first);
      }
      block += done;
    }
    input += p->in_features;
    output += p->out_features;
  }
}

const tinyml_functions tinyml_fully_connected_s8_avx512vnni = {supports, packed_bytes, pack, scratch_bytes, run};
