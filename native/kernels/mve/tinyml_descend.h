/* tinyml_descend.h with the vector instructions of ARMv8.1-M (MVE, Helium) for floats: four weights at a time. Numbers that they take for 0
 * move no code, where those that they are made of are none. Included by generic/tinyml_descend.h. */

static inline void tinyml_descend(const tinyml_descent *by, const int32_t *sums, int32_t count, int8_t *codes, uint32_t index) {
  const int32_t whole = tinyml_keeps(by) && tinyml_is_far(by->factor, 1) ? count & ~3 : 0;
  const float32x4_t high = vdupq_n_f32((float)by->limit), low = vdupq_n_f32(-(float)by->limit);
  uint32x4_t states = tinyml_random_states(by->key, index);
  int32_t i = 0;
  for (; i < whole; i += TINYML_FLOATS, states = vaddq_n_u32(states, TINYML_NEXT_STATE)) {
    const float32x4_t gradients = vmulq_n_f32(vcvtq_f32_s32(vldrwq_s32(sums + i)), by->factor);
    const float32x4_t before = vcvtq_f32_s32(vldrbq_s32(codes + i));
    const float32x4_t moved = vsubq_f32(before, vmulq_n_f32(gradients, by->per_code));
    vstrbq_s32(codes + i, tinyml_round_lanes(vminnmq_f32(vmaxnmq_f32(moved, low), high), states));
  }
  for (; i < count; i++) {
    codes[i] = tinyml_descended(by, codes[i], (float)sums[i] * by->factor, index + (uint32_t)i);
  }
}
