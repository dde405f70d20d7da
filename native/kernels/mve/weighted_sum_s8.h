/* Four sums at a time with the vector instructions of ARMv8.1-M (MVE, Helium). Included by generic/weighted_sum_s8.c. */
#include <arm_mve.h>

/* What sums begin with, and what they are clamped to. */
typedef struct {
  int32_t factor1, factor2;
  int32x4_t bias, least, most;
} weighting;

static inline __attribute__((always_inline)) int32x4_t codes_of(const weighting *w, int32x4_t a, int32x4_t b) {
  const int32x4_t sums = vmlaq_n_s32(vmlaq_n_s32(w->bias, a, w->factor1), b, w->factor2);
  return vminq_s32(vmaxq_s32(vshrq_n_s32(sums, FRACTION), w->least), w->most);
}

static void all_codes(const tinyml_weighted_sum_s8_params *params, const int8_t *a, const int8_t *b, int8_t *y) {
  const weighting w = {
      .factor1 = params->factor1,
      .factor2 = params->factor2,
      .bias = vdupq_n_s32(params->bias),
      .least = vdupq_n_s32(INT8_MIN),
      .most = vdupq_n_s32(INT8_MAX),
  };
  for (int32_t fours = params->size / 4; fours > 0; fours--, a += 4, b += 4, y += 4) {
    vstrbq_s32(y, codes_of(&w, vldrbq_s32(a), vldrbq_s32(b)));
  }
  const mve_pred16_t present = vctp32q((uint32_t)params->size % 4);
  vstrbq_p_s32(y, codes_of(&w, vldrbq_z_s32(a, present), vldrbq_z_s32(b, present)), present);
}
