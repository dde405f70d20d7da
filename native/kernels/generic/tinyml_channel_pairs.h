/* Weights of two output channels in one int16, c0 + 256 * c1: a sum of products with it is S0 + 256 * S1, with its low byte S0.
 * A word has those of two inputs: of every four of a run first the even ones, then the odd ones. */
#ifndef TINYML_CHANNEL_PAIRS_H
#define TINYML_CHANNEL_PAIRS_H

#include <stdint.h>

#include "tinyml_fixed_point.h"

#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#define TINYML_PAIRS_DSP
#endif

/* int32 of a block beside its weights: two biases, and what requantises each of two channels. */
enum { TINYML_PAIR_EXTRAS = 6 };

/* Two int16 in a word. */
static inline uint32_t tinyml_pair_halves(int32_t low, int32_t high) {
  return ((uint32_t)low & 0xffffu) | (uint32_t)high << 16;
}

/* Sums of both channels; unsigned so that they wrap. */
typedef struct {
  uint32_t low, both;
} tinyml_pair_sums;

/* The products of one input; weights: in the lower half. */
static inline tinyml_pair_sums tinyml_pair_add(tinyml_pair_sums sums, int32_t code, uint32_t weights) {
  sums.low += (uint32_t)(code * (int8_t)(weights & 0xff));
  sums.both += (uint32_t)(code * (int16_t)(weights & 0xffff));
  return sums;
}

/* A run of inputs side by side. */
static inline tinyml_pair_sums tinyml_pair_run(tinyml_pair_sums sums, const int8_t *x, int32_t run, const int32_t *words) {
  for (; run > 3; run -= 4, x += 4, words += 2) {
    const uint32_t even = (uint32_t)words[0], odd = (uint32_t)words[1];
    sums = tinyml_pair_add(sums, x[0], even);
    sums = tinyml_pair_add(sums, x[2], even >> 16);
    sums = tinyml_pair_add(sums, x[1], odd);
    sums = tinyml_pair_add(sums, x[3], odd >> 16);
  }
  if (run > 0) sums = tinyml_pair_add(sums, x[0], (uint32_t)words[0]);
  if (run > 1) sums = tinyml_pair_add(sums, x[run - 1], (uint32_t)words[0] >> 16);
  if (run > 2) sums = tinyml_pair_add(sums, x[1], (uint32_t)words[1]);
  return sums;
}

static inline int32_t tinyml_pair_first(tinyml_pair_sums sums) { return (int32_t)sums.low; }

static inline int32_t tinyml_pair_second(tinyml_pair_sums sums) { return (int32_t)(sums.both - sums.low) >> 8; }

/* TFLite's double rounding and the zero point, clamped to int8. doubled: twice the multiplier, as int32; power: 2^(32 - right). */
static inline int8_t tinyml_pair_narrow(int32_t sum, int32_t doubled, int32_t power, int32_t zero_point) {
  const int32_t high = tinyml_add_rounded_high(sum, sum, doubled);
  /* One less where it is negative, so that ties go down; wraps as the addition of 32 bits does. */
  const int32_t down = (int32_t)((uint32_t)high + (uint32_t)(high >> 31));
  const int32_t code = tinyml_add_rounded_high(zero_point, down, power);
  return tinyml_saturate_s8(code);
}

#ifdef TINYML_PAIRS_DSP
/* The same in assembly, of registers by their names. down: TINYML_PAIR_DOWN, or nothing where codes below the zero point are clamped to it. */
#define TINYML_PAIR_NARROW(sum, down, doubled, power, zero_point)     \
  "smmlar " sum ", " sum ", " doubled ", " sum "\n" down              \
  "smmlar " sum ", " sum ", " power ", " zero_point "\n"              \
  "ssat " sum ", #8, " sum "\n"

#define TINYML_PAIR_DOWN(sum) "add " sum ", " sum ", " sum ", asr #31\n"
#endif

#endif
