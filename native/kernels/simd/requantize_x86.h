/* Requantisation of neighbouring channels at once, to the integers of tinyml_requantize.
 *
 * With u = x + 2^31 as an unsigned number, multiplier Q, right shift e:
 *   rounding doubling high multiply  h = floor((x * Q + 2^30) / 2^31) = high32(u * 2Q + 2^31) - Q
 *   rounding shift right             floor((h + 2^(e - 1) - (x < 0)) / 2^e), for e > 0
 * (where h rounds to 0, the sign of x in place of that of h changes nothing). Whatever is constant is one 64-bit number
 * per channel, added to u * 2Q. The sum h + 2^(e - 1) stays within int32 when |x| < 2^30: then, and when no channel
 * shifts left, the quick form is exact. The general form is exact always. */
#ifndef TINYML_SIMD_REQUANTIZE_X86_H
#define TINYML_SIMD_REQUANTIZE_X86_H

#include "channel.h"

/* Constants of a vector of channels. Sums start from `bias`, which is 2^31 too large. Even and odd channels are apart
 * because 64-bit products are. */
typedef struct {
  _Alignas(64) int32_t bias[TINYML_LANES];
  uint64_t multiplier[2][TINYML_LANES / 2]; /* 2Q */
  uint64_t addend[2][TINYML_LANES / 2];
  int32_t right[TINYML_LANES];  /* quick form: e; general form: e - 1, or 0 */
  int32_t left[TINYML_LANES];   /* general form only */
  int32_t rounds[TINYML_LANES]; /* all ones where e > 0 */
  int32_t below[TINYML_LANES];  /* quick form: what high sums are above where h is not negative and e > 0 */
} tinyml_requantization;

/* Whether the quick form is exact for these channels. */
static inline bool tinyml_quick(const tinyml_channel channels[TINYML_LANES]) {
  bool quick = true;
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) {
    quick = quick && channels[lane].shift <= 0 && channels[lane].limit < INT64_C(1) << 30;
  }
  return quick;
}

static inline void tinyml_pack_requantization(tinyml_requantization *to, const tinyml_channel channels[TINYML_LANES],
                                              bool quick) {
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) {
    const int32_t multiplier = channels[lane].multiplier, shift = channels[lane].shift;
    const int32_t right = shift < 0 ? -shift : 0;
    const uint32_t tie = quick && right > 0 ? (UINT32_C(1) << (right - 1)) - 1 : 0;
    const uint32_t high = tie - (uint32_t)multiplier;
    const uint32_t bias = (uint32_t)channels[lane].bias + (UINT32_C(1) << 31);
    memcpy(&to->bias[lane], &bias, sizeof(bias));
    to->multiplier[lane % 2][lane / 2] = 2 * (uint64_t)(uint32_t)multiplier;
    to->addend[lane % 2][lane / 2] = (uint64_t)high << 32 | UINT32_C(1) << 31;
    to->right[lane] = quick || right == 0 ? right : right - 1;
    to->left[lane] = shift > 0 ? shift : 0;
    to->rounds[lane] = right > 0 ? -1 : 0;
    to->below[lane] = right > 0 ? (int32_t)tie - 1 : INT32_MAX;
  }
}

#endif
