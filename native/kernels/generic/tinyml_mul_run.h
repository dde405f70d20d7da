/* Product of positions that lie one after the other. */
#ifndef TINYML_MUL_RUN_H
#define TINYML_MUL_RUN_H

#if defined(__ARM_FEATURE_MVE)
#include "../mve/tinyml_mul_run.h"
#else
#include "../tinyml_kernels.h"
#include "tinyml_clamp_codes.h"
#include "tinyml_fixed_point.h"
#include "tinyml_words.h"

#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#include "../armv7em/tinyml_mul_run.h"
#elif defined(TINYML_WORDS_THUMB2) || defined(TINYML_WORDS_THUMB)
#include "tinyml_mul_scaled.h"
#else
#define multiply_plain(params, first, end, input1, input2, output) 0
#endif

/* Positions first .. end - 1. */
static inline void tinyml_mul_run(const tinyml_mul_s8_params *params, int32_t first, int32_t end, const int8_t *input1,
                                  const int8_t *input2, int8_t *output) {
  if (multiply_plain(params, first, end, input1, input2, output)) return;
  const tinyml_mul_s8_params p = *params;
  input1 += first * p.channels;
  input2 += first / p.repeat * p.channels;
  output += first * p.channels;
  for (int32_t position = first, used = first % p.repeat; position < end; position++) {
    for (int32_t c = 0; c < p.channels; c++) {
      const int32_t product = (*input1++ + p.input1_offset) * (input2[c] + p.input2_offset);
      const int32_t value = tinyml_requantize(product, p.output_multiplier, p.output_shift);
      *output++ = tinyml_output_s8(value, p.output_offset, p.act_min, p.act_max);
    }
    if (++used == p.repeat) {
      input2 += p.channels;
      used = 0;
    }
  }
}
#endif

#endif
