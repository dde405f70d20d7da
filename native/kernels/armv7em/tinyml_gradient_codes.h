/* Sums of a pixel to codes rounded at random, with the single-precision floating-point unit of Cortex-M4, M7, M33 and others. Included by
 * generic/tinyml_gradient_passes.h. */

/* Channels whose sums end at `end`, and the state of their random numbers. */
typedef struct {
  const int32_t *sums, *end;
  int8_t *codes;
  uint32_t state;
  int32_t low, high; /* codes, and 256 more */
  const float *factors;
  uint32_t passes; /* a bit of each channel */
  int32_t zero;    /* the code of 0 */
  float factor, inverse, zero_point;
} tinyml_sums_to_codes;

/* What does not pass and what is 0 needs no random number. */
static __attribute__((naked, noinline)) void tinyml_encode_sums(const tinyml_sums_to_codes *all __attribute__((unused))) {
  __asm volatile(
      "push {r4-r11, lr}\n"
      "ldm r0!, {r1-r4, r10-r12, lr}\n"
      "vldr s12, [r0, #4]\n"
      "vldr s13, [r0, #8]\n"
      "vldr s14, [r0, #12]\n"
      "ldr r0, [r0]\n"
      "movw r6, #0xca6b\n"
      "movt r6, #0x85eb\n"
      "movw r7, #0xae35\n"
      "movt r7, #0xc2b2\n"
      "mov r8, #0x43800000\n" /* 256.0f */
      "vmov s15, r8\n"
      "movw r8, #0x79b9\n"
      "movt r8, #0x9e37\n"
      "1:\n"
      "ldr r5, [r1], #4\n"
      "vldmia r12!, {s1}\n"
      "lsrs lr, lr, #1\n"
      "bcc 2f\n"
      "cbz r5, 2f\n"
      "eor r9, r4, r4, lsr #16\n"
      "vmov s0, r5\n"
      "mul r9, r9, r6\n"
      "vcvt.f32.s32 s0, s0\n"
      "eor r9, r9, r9, lsr #13\n"
      "vmul.f32 s0, s0, s12\n"
      "mul r9, r9, r7\n"
      "vmul.f32 s0, s0, s1\n"
      "eor r9, r9, r9, lsr #16\n"
      "vmul.f32 s0, s0, s13\n"
      "lsr r9, r9, #17\n"
      "vadd.f32 s0, s0, s14\n"
      "vmov s1, r9\n"
      "vadd.f32 s0, s0, s15\n"
      "vcvt.f32.u32 s1, s1, #15\n"
      "vadd.f32 s0, s0, s1\n"
      "vcvt.s32.f32 s0, s0\n"
      "vmov r5, s0\n"
      "cmp r5, r10\n"
      "it lt\n"
      "movlt r5, r10\n"
      "cmp r5, r11\n"
      "it gt\n"
      "movgt r5, r11\n"
      "add r4, r4, r8\n"
      "strb r5, [r3], #1\n" /* 256 more has the same byte */
      "cmp r1, r2\n"
      "bne 1b\n"
      "pop {r4-r11, pc}\n"
      "2:\n"
      "add r4, r4, r8\n"
      "strb r0, [r3], #1\n"
      "cmp r1, r2\n"
      "bne 1b\n"
      "pop {r4-r11, pc}\n");
}

/* values: sums times factor. @returns whether it did */
static inline int32_t tinyml_encode_block(const tinyml_encode_pass *pass, tinyml_block at, const int32_t *sums, float factor) {
  static const float ones[TINYML_BLOCK_CHANNELS] = {1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f};
  const tinyml_finish *const finish = &pass->finish;
  if (pass->stochastic != 1 || !tinyml_is_rising(&pass->by) || !tinyml_is_plain(finish, at, factor)) return 0;
  int32_t index = at.pixel * finish->channels + at.first;
  tinyml_sums_to_codes all = {
      .low = (int32_t)pass->by.low + 256,
      .high = (int32_t)pass->by.high + 256,
      .factors = finish->scaled != 0 ? finish->factors + at.first : ones,
      .passes = UINT32_MAX,
      .zero = tinyml_nearest_code(&pass->by, 0.0f),
      .factor = factor,
      .inverse = pass->by.inverse,
      .zero_point = pass->by.zero_point,
  };
  for (int32_t i = 0; i < at.pixels; i++, sums += TINYML_BLOCK_CHANNELS, index += finish->channels) {
    all.sums = sums;
    all.end = sums + at.channels;
    all.codes = pass->codes + index;
    all.state = (uint32_t)index * UINT32_C(0x9e3779b9) + pass->by.key;
    if (finish->masked != 0) all.passes = tinyml_passing(finish, at, at.pixel + i);
    tinyml_encode_sums(&all);
  }
  return 1;
}
