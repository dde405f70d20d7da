/* The same for cores without DSP instructions, where products are requantised by two factors. Included by generic/tinyml_mul_run.h. */
#ifdef TINYML_WORDS_THUMB
#include "../armv6m/tinyml_narrow.h"
#else
#include "tinyml_channel_pairs.h"
#endif

/* The same bytes as the portable loop; 0 where products are not shifted to the right by two and more. */
static inline int32_t multiply_plain(const tinyml_mul_s8_params *params, int32_t first, int32_t end, const int8_t *input1,
                                     const int8_t *input2, int8_t *output) {
  const tinyml_mul_s8_params p = *params;
  if (p.output_multiplier < 1 << 30 || p.output_shift > -2) return 0;
  const int32_t doubled = (int32_t)((uint32_t)p.output_multiplier << 1);
  input1 += first * p.channels;
  input2 += first / p.repeat * p.channels;
  output += first * p.channels;
  int8_t *to = output;
  for (int32_t position = first, used = first % p.repeat; position < end; position++) {
    for (const int8_t *const behind = input2 + p.channels; input2 != behind;) {
      const int32_t product = (*input1++ + p.input1_offset) * (*input2++ + p.input2_offset);
#ifdef TINYML_WORDS_THUMB
      *to++ = tinyml_narrow(product, doubled, -p.output_shift, p.output_offset);
#else
      *to++ = tinyml_pair_narrow(product, doubled, (int32_t)(UINT32_C(1) << (32 + p.output_shift)), p.output_offset);
#endif
    }
    if (++used == p.repeat) {
      used = 0;
    } else {
      input2 -= p.channels;
    }
  }
  tinyml_clamp_codes(output, (end - first) * p.channels, p.act_min, p.act_max);
  return 1;
}
