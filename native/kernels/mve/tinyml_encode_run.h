/* tinyml_encode_run.h with the vector instructions of ARMv8.1-M (MVE, Helium) for floats: four values at a time. Numbers that they take for 0
 * are beside no code but 0 with the scales of is_rising. Included by generic/tinyml_encode_run.h. */

static inline float32x4_t tinyml_scaled_lanes(const tinyml_encoding *by, float32x4_t values) {
  const float32x4_t low = vdupq_n_f32(by->bounds[0]), high = vdupq_n_f32(by->bounds[1]);
  const float32x4_t bounded = vminnmq_f32(vmaxnmq_f32(values, low), high);
  const float32x4_t scaled = vaddq_n_f32(vmulq_n_f32(bounded, by->inverse), by->zero_point);
  return vminnmq_f32(vmaxnmq_f32(scaled, vdupq_n_f32(by->low)), vdupq_n_f32(by->high));
}

static inline int32_t tinyml_encode_nearest(const tinyml_encoding *by, const float *values, int32_t count, int8_t *codes) {
  const int32_t whole = tinyml_is_rising(by) ? count & ~3 : 0;
  for (int32_t i = 0; i < whole; i += TINYML_FLOATS) {
    vstrbq_s32(codes + i, vcvtnq_s32_f32(tinyml_scaled_lanes(by, vldrwq_f32(values + i))));
  }
  return whole;
}

/* Fractions of random numbers by counter; state: index * 0x9e3779b9 + key of each lane. */
static inline float32x4_t tinyml_random_lanes(uint32x4_t state) {
  uint32x4_t h = vmulq_n_u32(veorq_u32(state, vshrq_n_u32(state, 16)), UINT32_C(0x85ebca6b));
  h = vmulq_n_u32(veorq_u32(h, vshrq_n_u32(h, 13)), UINT32_C(0xc2b2ae35));
  return vcvtq_n_f32_u32(vshrq_n_u32(veorq_u32(h, vshrq_n_u32(h, 16)), 17), 15);
}

static inline uint32x4_t tinyml_random_states(uint32_t key, uint32_t index) {
  const uint32_t first = index * UINT32_C(0x9e3779b9) + key;
  const uint32_t states[TINYML_FLOATS] = {first, first + UINT32_C(0x9e3779b9), first + 2 * UINT32_C(0x9e3779b9),
                                          first + 3 * UINT32_C(0x9e3779b9)};
  return vldrwq_u32(states);
}

/* From one four to the next. */
static const uint32_t TINYML_NEXT_STATE = 4 * UINT32_C(0x9e3779b9);

/* Stochastic rounding of numbers within codes. */
static inline int32x4_t tinyml_round_lanes(float32x4_t values, uint32x4_t states) {
  const float32x4_t above = vaddq_f32(vaddq_n_f32(values, 256.0f), tinyml_random_lanes(states));
  return vsubq_n_s32(vcvtq_s32_f32(above), 256);
}

static inline int32_t tinyml_encode_random(const tinyml_encoding *by, const float *values, int32_t count, int8_t *codes) {
  const int32_t whole = tinyml_is_rising(by) ? count & ~3 : 0;
  uint32x4_t states = tinyml_random_states(by->key, 0);
  for (int32_t i = 0; i < whole; i += TINYML_FLOATS) {
    const float32x4_t scaled = tinyml_scaled_lanes(by, vldrwq_f32(values + i));
    vstrbq_s32(codes + i, tinyml_round_lanes(scaled, states));
    states = vaddq_n_u32(states, TINYML_NEXT_STATE);
  }
  return whole;
}
