/* The same with the vector instructions of ARMv8.1-M (MVE, Helium): eight channels in a vector. Included by generic/pool_sums_s8.c. */
#include <arm_mve.h>

enum { EIGHT = 8 };

static void add_positions(const int8_t *input, int32_t positions, int32_t channels, const int32_t *before, int32_t *sums) {
  for (int32_t channel = 0; channel < channels; channel += EIGHT) {
    const int32_t left = channels - channel;
    const mve_pred16_t present = vctp16q((uint32_t)left);
    const mve_pred16_t low = vctp32q((uint32_t)left), high = vctp32q((uint32_t)(left > 4 ? left - 4 : 0));
    int16x8_t some = vdupq_n_s16(0);
    const int8_t *at = input + channel;
    for (int32_t count = positions; count > 0; count--, at += channels) some = vaddq_s16(some, vldrbq_z_s16(at, present));
    int16_t eight[EIGHT];
    vst1q_s16(eight, some);
    const int32x4_t before_low = before == NULL ? vdupq_n_s32(0) : vldrwq_z_s32(before + channel, low);
    const int32x4_t before_high = before == NULL ? vdupq_n_s32(0) : vldrwq_z_s32(before + channel + 4, high);
    vstrwq_p_s32(sums + channel, vaddq_s32(before_low, vldrhq_s32(eight)), low);
    vstrwq_p_s32(sums + channel + 4, vaddq_s32(before_high, vldrhq_s32(eight + 4)), high);
  }
}
