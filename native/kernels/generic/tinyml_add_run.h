/* Sum of elements that lie one after the other. */
#ifndef TINYML_ADD_RUN_H
#define TINYML_ADD_RUN_H

#if defined(__ARM_FEATURE_MVE)
#include "../mve/tinyml_add_run.h"
#else
#include "../tinyml_kernels.h"
#include "tinyml_clamp_codes.h"
#include "tinyml_fixed_point.h"

#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#include "../armv7em/tinyml_add_run.h"
#else
#define add_plain(params, size, input1, input2, output) 0
#endif

static inline void tinyml_add_run(const tinyml_add_s8_params *params, int32_t size, const int8_t *input1,
                                  const int8_t *input2, int8_t *output) {
  if (add_plain(params, size, input1, input2, output)) return;
  const tinyml_add_s8_params p = *params;
  const int32_t unit = (int32_t)1 << p.left_shift;
  for (int32_t i = 0; i < size; i++) {
    const int32_t a =
        tinyml_requantize((input1[i] + p.input1_offset) * unit, p.input1_multiplier, p.input1_shift);
    const int32_t b =
        tinyml_requantize((input2[i] + p.input2_offset) * unit, p.input2_multiplier, p.input2_shift);
    const int32_t sum = (int32_t)((uint32_t)a + (uint32_t)b);
    const int32_t value = tinyml_requantize(sum, p.output_multiplier, p.output_shift);
    output[i] = tinyml_output_s8(value, p.output_offset, p.act_min, p.act_max);
  }
}
#endif

#endif
