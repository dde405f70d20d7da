#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

/* The logarithm of 2 in steps of 2^-20. */
enum { LOG_OF_2 = 726817 };

/* log(sum / 2^bits) in steps of 2^-20: logs hold that of 1 to 2 in 256 pieces, which are straight. */
static int32_t log_of(uint32_t sum, int32_t bits, const int32_t *logs) {
  int32_t exponent = 31;
  if (sum == 0) sum = 1;
  for (; (sum & UINT32_C(0x80000000)) == 0; exponent--) sum <<= 1;
  const uint32_t fraction = sum & UINT32_C(0x7fffffff), piece = fraction >> 23;
  const uint32_t rise = (uint32_t)logs[piece + 1] - (uint32_t)logs[piece];
  const int32_t within = (int32_t)(rise * ((fraction >> 8) & 0x7fff)) >> 15;
  return (int32_t)((uint32_t)((exponent - bits) * LOG_OF_2) + (uint32_t)logs[piece] + (uint32_t)within);
}

void tinyml_log_softmax_s8(const tinyml_log_softmax_s8_params *params, const int8_t *input,
                           const int32_t *differences, const int32_t *exponentials, const int32_t *logs,
                           int8_t *output, void *scratch) {
  const tinyml_log_softmax_s8_params p = *params;
  (void)scratch;
  for (int32_t o = 0; o < p.outer; o++, input += p.size * p.inner, output += p.size * p.inner) {
    for (int32_t k = 0; k < p.inner; k++) {
      int32_t most = INT8_MIN;
      uint32_t sum = 0;
      for (int32_t i = 0; i < p.size; i++) {
        if (input[i * p.inner + k] > most) most = input[i * p.inner + k];
      }
      for (int32_t i = 0; i < p.size; i++) sum += (uint32_t)exponentials[most - input[i * p.inner + k]];
      const uint32_t log = (uint32_t)log_of(sum, p.bits, logs);
      for (int32_t i = 0; i < p.size; i++) {
        const int32_t value = (int32_t)((uint32_t)differences[most - input[i * p.inner + k]] - log);
        const int32_t scaled = tinyml_requantize(value, p.output_multiplier, p.output_shift);
        output[i * p.inner + k] = tinyml_output_s8(scaled, p.output_offset, p.act_min, p.act_max);
      }
    }
  }
}
