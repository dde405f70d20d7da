/* tinyml_descend.h with the single-precision floating-point unit of Cortex-M4, M7, M33 and others: conversions saturate, so that codes are bounded
 * as integers. Included by generic/tinyml_descend.h. */

/* Weights whose sums end at `end`, and the state of their random numbers. */
typedef struct {
  const int32_t *sums, *end;
  int8_t *codes;
  uint32_t state;
  int32_t low, high; /* codes */
  float factor, per_code;
  int32_t keeps;
} tinyml_descending;

static __attribute__((naked, noinline)) void tinyml_descend_each(const tinyml_descending *all __attribute__((unused))) {
  __asm volatile(
      "push {r4-r11, lr}\n"
      "ldm r0, {r1-r4, r10, r11}\n"
      "vldr s12, [r0, #24]\n"
      "vldr s13, [r0, #28]\n"
      "ldr r0, [r0, #32]\n"
      "movw r5, #0x79b9\n"
      "movt r5, #0x9e37\n"
      "movw r6, #0xca6b\n"
      "movt r6, #0x85eb\n"
      "movw r7, #0xae35\n"
      "movt r7, #0xc2b2\n"
      "mov r8, #0x43800000\n" /* 256.0f */
      "vmov s14, r8\n"
      "1:\n"
      "ldr r9, [r1], #4\n"
      "ldrsb lr, [r3], #1\n"
      "cbnz r0, 4f\n"
      "2:\n"
      "eor r8, r4, r4, lsr #16\n"
      "vmov s0, r9\n"
      "vmov s1, lr\n"
      "mul r8, r8, r6\n"
      "vcvt.f32.s32 s0, s0\n"
      "vcvt.f32.s32 s1, s1\n"
      "eor r8, r8, r8, lsr #13\n"
      "vmul.f32 s0, s0, s12\n"
      "mul r8, r8, r7\n"
      "vmul.f32 s0, s0, s13\n"
      "eor r8, r8, r8, lsr #16\n"
      "vsub.f32 s1, s1, s0\n"
      "lsr r8, r8, #17\n"
      "vmov s2, r8\n"
      "vadd.f32 s1, s1, s14\n"
      "vcvt.f32.u32 s2, s2, #15\n"
      "vadd.f32 s1, s1, s2\n"
      "vcvt.s32.f32 s1, s1\n"
      "vmov r8, s1\n"
      /* NaN are 0 here, which is below all codes. */
      "add r9, r10, #256\n"
      "cmp r8, r9\n"
      "it lt\n"
      "movlt r8, r9\n"
      "add r9, r11, #256\n"
      "cmp r8, r9\n"
      "it gt\n"
      "movgt r8, r9\n"
      "strb r8, [r3, #-1]\n" /* 256 more has the same byte */
      "3:\n"
      "add r4, r4, r5\n"
      "cmp r1, r2\n"
      "bne 1b\n"
      "pop {r4-r11, pc}\n"
      "4:\n"
      "cmp r9, #0\n"
      "bne 2b\n"
      "cmp lr, r10\n"
      "blt 2b\n"
      "cmp lr, r11\n"
      "bgt 2b\n"
      "add r4, r4, r5\n"
      "cmp r1, r2\n"
      "bne 1b\n"
      "pop {r4-r11, pc}\n");
}

static inline void tinyml_descend(const tinyml_descent *by, const int32_t *sums, int32_t count, int8_t *codes, uint32_t index) {
  if (count < 1) return;
  const tinyml_descending all = {sums,       sums + count, codes,        index * UINT32_C(0x9e3779b9) + by->key,
                                 -by->limit, by->limit,    by->factor, by->per_code,
                                 tinyml_keeps(by)};
  tinyml_descend_each(&all);
}
