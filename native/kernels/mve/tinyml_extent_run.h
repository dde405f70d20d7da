/* tinyml_extent_run.h with the vector instructions of ARMv8.1-M (MVE, Helium) for floats: four values at a time. They take numbers below
 * the normal ones for 0. Included by generic/tinyml_extent_run.h. */
#include <arm_mve.h>

enum { TINYML_FLOATS = 4 };

/* Extents of the lanes; NaN are passed over. */
typedef struct {
  float32x4_t least, greatest;
} tinyml_extents;

static inline tinyml_extent tinyml_join_extents(tinyml_extents all, tinyml_extent seen) {
  return (tinyml_extent){vminnmvq_f32(seen.least, all.least), vmaxnmvq_f32(seen.greatest, all.greatest)};
}

static inline tinyml_extents tinyml_empty_extents(void) {
  return (tinyml_extents){vdupq_n_f32(INFINITY), vdupq_n_f32(-INFINITY)};
}

/* One by one: comparisons of vectors would take the least numbers for 0. */
static inline tinyml_extent tinyml_extend_run(tinyml_extent seen, const float *values, int32_t count) {
  for (int32_t i = 0; i < count; i++) {
    const float value = values[i];
    __asm("vminnm.f32 %0, %0, %1" : "+t"(seen.least) : "t"(value));
    __asm("vmaxnm.f32 %0, %0, %1" : "+t"(seen.greatest) : "t"(value));
  }
  return seen;
}

/* has_scale, has_bias: constants */
static inline __attribute__((always_inline)) tinyml_extent tinyml_rescale_lanes(const tinyml_rescaling *by, const int32_t *sums, int32_t count,
                                                                                float *output, tinyml_extent seen, int32_t has_scale,
                                                                                int32_t has_bias) {
  const float *scale = by->scale, *bias = by->bias;
  const float common = by->common;
  tinyml_extents all = tinyml_empty_extents();
  for (int32_t left = count >> 2; left > 0; left--) {
    float32x4_t values = vcvtq_f32_s32(vldrwq_s32(sums));
    values = has_scale ? vmulq_f32(values, vmulq_n_f32(vldrwq_f32(scale), common)) : vmulq_n_f32(values, common);
    if (has_bias) values = vaddq_f32(values, vldrwq_f32(bias));
    vstrwq_f32(output, values);
    all.least = vminnmq_f32(all.least, values);
    all.greatest = vmaxnmq_f32(all.greatest, values);
    sums += TINYML_FLOATS;
    output += TINYML_FLOATS;
    if (has_scale) scale += TINYML_FLOATS;
    if (has_bias) bias += TINYML_FLOATS;
  }
  seen = tinyml_join_extents(all, seen);
  const tinyml_rescaling rest = {common, has_scale ? scale : 0, has_bias ? bias : 0, 1};
  for (int32_t i = 0; i < (count & 3); i++) {
    output[i] = tinyml_rescaled(&rest, sums[i], i);
    seen = tinyml_extend(seen, output[i]);
  }
  return seen;
}

static inline tinyml_extent tinyml_rescale_run(const tinyml_rescaling *by, const int32_t *sums, int32_t count, float *output,
                                               tinyml_extent seen) {
  if (!by->is_usual) {
    for (int32_t i = 0; i < count; i++) output[i] = tinyml_rescaled(by, sums[i], i);
    return tinyml_extend_run(seen, output, count);
  }
  if (by->scale != 0 && by->bias != 0) return tinyml_rescale_lanes(by, sums, count, output, seen, 1, 1);
  if (by->scale != 0) return tinyml_rescale_lanes(by, sums, count, output, seen, 1, 0);
  if (by->bias != 0) return tinyml_rescale_lanes(by, sums, count, output, seen, 0, 1);
  return tinyml_rescale_lanes(by, sums, count, output, seen, 0, 0);
}
