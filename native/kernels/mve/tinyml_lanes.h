/* tinyml_lanes.h with the vector instructions of ARMv8.1-M (MVE, Helium): four lanes of 32 bits. Included by generic/tinyml_lanes.h. */
#include <arm_mve.h>

typedef int32x4_t tinyml_lanes;
typedef int32x4_t tinyml_lane_sums;

static inline tinyml_lane_sums tinyml_no_sums(void) {
  return vdupq_n_s32(0);
}

static inline tinyml_lanes tinyml_four_lanes(const int8_t *from, int32_t zero_point) {
  return vsubq_n_s32(vldrbq_s32(from), zero_point);
}

static inline tinyml_lane_sums tinyml_add_lanes(tinyml_lane_sums sums, tinyml_lanes a, tinyml_lanes b) {
  return vaddq_s32(sums, vmulq_s32(a, b));
}

static inline tinyml_lane_sums tinyml_add_scaled(tinyml_lane_sums sums, tinyml_lanes a, int32_t b) {
  return vmlaq_n_s32(sums, a, b);
}

static inline tinyml_lane_sums tinyml_load_sums(const int32_t *from) {
  return vldrwq_s32(from);
}

static inline void tinyml_store_sums(int32_t *to, tinyml_lane_sums sums) {
  vstrwq_s32(to, sums);
}
