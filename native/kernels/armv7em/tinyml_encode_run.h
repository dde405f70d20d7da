/* tinyml_encode_run.h with the single-precision floating-point unit of Cortex-M4, M7, M33 and others: conversions saturate, so that codes are
 * bounded as integers. Included by generic/tinyml_encode_run.h. */

/* Four values at a time, which end at `end`. */
typedef struct {
  const float *values, *end;
  int8_t *codes;
  uint32_t low, high; /* of each byte */
  float inverse, zero_point;
} tinyml_code_fours;

/* Stops before four of which one may be NaN. @returns where */
static __attribute__((naked, noinline)) const float *tinyml_encode_fours(const tinyml_code_fours *fours __attribute__((unused))) {
  __asm volatile(
      "push {r4-r9, lr}\n"
      "ldm r0, {r1-r3, r8, r9}\n"
      "vldr s12, [r0, #20]\n"
      "vldr s13, [r0, #24]\n"
      "1:\n"
      "vldmia r1!, {s0-s3}\n"
      "vmul.f32 s0, s0, s12\n"
      "vmul.f32 s1, s1, s12\n"
      "vmul.f32 s2, s2, s12\n"
      "vmul.f32 s3, s3, s12\n"
      "vadd.f32 s0, s0, s13\n"
      "vadd.f32 s1, s1, s13\n"
      "vadd.f32 s2, s2, s13\n"
      "vadd.f32 s3, s3, s13\n"
      "vadd.f32 s4, s0, s1\n"
      "vadd.f32 s5, s2, s3\n"
      "vadd.f32 s4, s4, s5\n"
      "vcmp.f32 s4, s4\n"
      "vmrs APSR_nzcv, FPSCR\n"
      "bvs 2f\n"
      "vcvtr.s32.f32 s0, s0\n"
      "vcvtr.s32.f32 s1, s1\n"
      "vcvtr.s32.f32 s2, s2\n"
      "vcvtr.s32.f32 s3, s3\n"
      "vmov r4, r5, s0, s1\n"
      "vmov r6, r7, s2, s3\n"
      "ssat r4, #8, r4\n"
      "ssat r5, #8, r5\n"
      "ssat r6, #8, r6\n"
      "ssat r7, #8, r7\n"
      "pkhbt r4, r4, r6, lsl #16\n"
      "pkhbt r5, r5, r7, lsl #16\n"
      "uxtb16 r4, r4\n"
      "uxtb16 r5, r5\n"
      "orr r4, r4, r5, lsl #8\n"
      "ssub8 r5, r4, r8\n"
      "sel r4, r4, r8\n"
      "ssub8 r5, r9, r4\n"
      "sel r4, r4, r9\n"
      "str r4, [r3], #4\n"
      "cmp r1, r2\n"
      "bne 1b\n"
      "mov r0, r1\n"
      "pop {r4-r9, pc}\n"
      "2:\n"
      "sub r0, r1, #16\n"
      "pop {r4-r9, pc}\n");
}

static inline uint32_t tinyml_four_bytes(int32_t code) {
  return (uint32_t)(code & 0xff) * 0x01010101u;
}

static inline int32_t tinyml_encode_nearest(const tinyml_encoding *by, const float *values, int32_t count, int8_t *codes) {
  const int32_t whole = count & ~3;
  if (!tinyml_is_rising(by)) return 0;
  const uint32_t low = tinyml_four_bytes(tinyml_nearest_code(by, by->bounds[0]));
  const uint32_t high = tinyml_four_bytes(tinyml_nearest_code(by, by->bounds[1]));
  for (int32_t i = 0; i < whole;) {
    const tinyml_code_fours fours = {values + i, values + whole, codes + i, low, high, by->inverse, by->zero_point};
    i = (int32_t)(tinyml_encode_fours(&fours) - values);
    if (i == whole) break;
    for (const int32_t end = i + 4; i < end; i++) codes[i] = (int8_t)tinyml_nearest_code(by, values[i]);
  }
  return whole;
}

/* Values, which end at `end`, and the state of their random numbers. */
typedef struct {
  const float *values, *end;
  int8_t *codes;
  uint32_t state;
  int32_t low, high;
  float inverse, zero_point;
} tinyml_random_codes;

static __attribute__((naked, noinline)) void tinyml_encode_each(const tinyml_random_codes *all __attribute__((unused))) {
  __asm volatile(
      "push {r4-r11, lr}\n"
      "ldm r0, {r1-r4, r10, r11}\n"
      "vldr s12, [r0, #24]\n"
      "vldr s13, [r0, #28]\n"
      "movw r5, #0x79b9\n"
      "movt r5, #0x9e37\n"
      "movw r6, #0xca6b\n"
      "movt r6, #0x85eb\n"
      "movw r7, #0xae35\n"
      "movt r7, #0xc2b2\n"
      "mov r8, #0x43800000\n" /* 256.0f */
      "vmov s14, r8\n"
      "1:\n"
      "eor r8, r4, r4, lsr #16\n"
      "vldmia r1!, {s0}\n"
      "mul r8, r8, r6\n"
      "vmul.f32 s0, s0, s12\n"
      "eor r8, r8, r8, lsr #13\n"
      "vadd.f32 s0, s0, s13\n"
      "mul r8, r8, r7\n"
      "vadd.f32 s0, s0, s14\n"
      "eor r8, r8, r8, lsr #16\n"
      "lsr r8, r8, #17\n"
      "vmov s1, r8\n"
      "vcvt.f32.u32 s1, s1, #15\n"
      "add r4, r4, r5\n"
      "vadd.f32 s0, s0, s1\n"
      "vcvt.s32.f32 s0, s0\n"
      "vmov r8, s0\n"
      "cmp r8, r10\n"
      "it lt\n"
      "movlt r8, r10\n"
      "cmp r8, r11\n"
      "it gt\n"
      "movgt r8, r11\n"
      "strb r8, [r3], #1\n" /* 256 more has the same byte */
      "cmp r1, r2\n"
      "bne 1b\n"
      "pop {r4-r11, pc}\n");
}

static inline int32_t tinyml_encode_random(const tinyml_encoding *by, const float *values, int32_t count, int8_t *codes) {
  /* Where a bound lies between two codes, either may come of it. */
  const int32_t is_whole = tinyml_scaled_of(by, by->bounds[0]) == by->low && tinyml_scaled_of(by, by->bounds[1]) == by->high;
  if (!tinyml_is_rising(by) || !is_whole || count < 1) return 0;
  const tinyml_random_codes all = {values, values + count, codes, by->key, (int32_t)by->low + 256, (int32_t)by->high + 256, by->inverse, by->zero_point};
  tinyml_encode_each(&all);
  return count;
}
