/* Requantisation of neighbouring channels at once, to the integers of tinyml_requantise.
 *
 * With u = x + 2^31 as an unsigned number, multiplier Q, right shift e:
 *   rounding doubling high multiply  h = floor((x * Q + 2^30) / 2^31) = high32(u * 2Q + 2^31) - Q
 *   rounding shift right             floor((h + 2^(e - 1) - (x < 0)) / 2^e), for e > 0
 * (where h rounds to 0, the sign of x in place of that of h changes nothing). Whatever is constant is one 64-bit number
 * per channel, added to u * 2Q. The sum h + 2^(e - 1) stays within int32 when |x| < 2^30: then, and when no channel
 * shifts left, the quick form is exact. The general form is exact always. */
#ifndef TINYML_X86_REQUANTISE_H
#define TINYML_X86_REQUANTISE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { TINYML_LANES = 16 };

/* Constants of 16 channels. Accumulators start from `bias`, which is 2^31 too large. Even and odd channels are apart
 * because 64-bit products are. Channels beyond the last have zeros. */
typedef struct {
  int32_t bias[TINYML_LANES];
  uint64_t multiplier[2][TINYML_LANES / 2]; /* 2Q */
  uint64_t addend[2][TINYML_LANES / 2];
  int32_t right[TINYML_LANES];  /* quick form: e; general form: e - 1, or 0 */
  int32_t left[TINYML_LANES];   /* general form only */
  int32_t rounds[TINYML_LANES]; /* all ones where e > 0 */
} tinyml_requantisation;

/* Writes the constants of one lane. `bias` has all corrections of zero points in it. */
static inline void tinyml_pack_requantisation(tinyml_requantisation *to, int32_t lane, uint32_t bias, int32_t multiplier,
                                              int32_t shift, bool quick) {
  const int32_t right = shift < 0 ? -shift : 0;
  const uint32_t tie = quick && right > 0 ? (UINT32_C(1) << (right - 1)) - 1 : 0;
  const uint32_t high = tie - (uint32_t)multiplier;
  const uint32_t offset_bias = bias + (UINT32_C(1) << 31);
  memcpy(&to->bias[lane], &offset_bias, sizeof(offset_bias));
  to->multiplier[lane % 2][lane / 2] = 2 * (uint64_t)(uint32_t)multiplier;
  to->addend[lane % 2][lane / 2] = (uint64_t)high << 32 | UINT32_C(1) << 31;
  to->right[lane] = quick || right == 0 ? right : right - 1;
  to->left[lane] = shift > 0 ? shift : 0;
  to->rounds[lane] = right > 0 ? -1 : 0;
}

/* Whether the quick form is exact for a channel whose sum is at most |bias| + sum_weights * 256. */
static inline bool tinyml_quick(int64_t bias, int64_t sum_weights, int32_t shift) {
  return shift <= 0 && (bias < 0 ? -bias : bias) + sum_weights * 256 < INT64_C(1) << 30;
}

#endif
