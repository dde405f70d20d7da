/* tinyml_extent_run.h with the single-precision floating-point unit of Cortex-M4, M7, M33 and others: four values at a time. Included by
 * generic/tinyml_extent_run.h. */
#include <stddef.h>

/* Four sums at a time, which end at `end`. */
typedef struct {
  const int32_t *sums, *end;
  const float *scale, *bias;
  float *output;
  float common;
  tinyml_extent seen;
} tinyml_fours;

#if __ARM_ARCH >= 8 || (__ARM_FP & 8)

/* Extent of s0 to s3 and what is in s13 and s14: instructions that pass over NaN. */
#define TINYML_EXTENT_START ""
#define TINYML_EXTENT_OF_FOUR                          \
  "vminnm.f32 s13, s13, s0\n"                          \
  "vmaxnm.f32 s14, s14, s0\n"                          \
  "vminnm.f32 s13, s13, s1\n"                          \
  "vmaxnm.f32 s14, s14, s1\n"                          \
  "vminnm.f32 s13, s13, s2\n"                          \
  "vmaxnm.f32 s14, s14, s2\n"                          \
  "vminnm.f32 s13, s13, s3\n"                          \
  "vmaxnm.f32 s14, s14, s3\n"
#define TINYML_EXTENT_BEYOND ""

#else

/* Bits of a float as int32 in the order of the floats; NaN lie before and behind all others. */
#define TINYML_RANK(value)                     \
  "asr r10, " value ", #31\n"                  \
  "eor " value ", " value ", r10, lsr #1\n"

/* r8: the least rank in the extent, r9: how many there are. Of the empty one they are NaN. */
#define TINYML_EXTENT_START                                   \
  "vmov r8, s13\n"                                            \
  "vmov r9, s14\n" TINYML_RANK("r8") TINYML_RANK("r9")        \
  "sub r9, r9, r8\n"

#define TINYML_IS_BEYOND(value)           \
  TINYML_RANK(value)                      \
  "sub " value ", " value ", r8\n"        \
  "cmp " value ", r9\n"                   \
  "bhi 3f\n"

/* The four lie before lr. Most are inside. */
#define TINYML_EXTENT_OF_FOUR                                                                          \
  "ldmdb lr, {r4-r7}\n" TINYML_IS_BEYOND("r4") TINYML_IS_BEYOND("r5") TINYML_IS_BEYOND("r6")           \
      TINYML_IS_BEYOND("r7")

#define TINYML_EXTEND(value)              \
  "vcmp.f32 " value ", s13\n"             \
  "vmrs APSR_nzcv, FPSCR\n"               \
  "it mi\n"                               \
  "vmovmi.f32 s13, " value "\n"           \
  "vcmp.f32 " value ", s14\n"             \
  "vmrs APSR_nzcv, FPSCR\n"               \
  "it gt\n"                               \
  "vmovgt.f32 s14, " value "\n"

#define TINYML_EXTENT_BEYOND                                                                      \
  "3:\n" TINYML_EXTEND("s0") TINYML_EXTEND("s1") TINYML_EXTEND("s2") TINYML_EXTEND("s3")          \
      TINYML_EXTENT_START                                                                         \
  "b 2b\n"
#endif

/* each: makes s0 to s3 of r1 on, with s12, and puts them before lr */
#define TINYML_FOURS(name, each)                                                                              \
  static __attribute__((naked, noinline, unused)) void name(tinyml_fours *fours __attribute__((unused))) {    \
    __asm volatile(                                                                                           \
        "push {r4-r10, lr}\n"                                                                                 \
        "ldm r0, {r1-r3, r12, lr}\n"                                                                          \
        "vldr s12, [r0, #20]\n"                                                                               \
        "vldr s13, [r0, #24]\n"                                                                               \
        "vldr s14, [r0, #28]\n" TINYML_EXTENT_START                                                           \
        "1:\n" each TINYML_EXTENT_OF_FOUR                                                                     \
        "2:\n"                                                                                                \
        "cmp r1, r2\n"                                                                                        \
        "bne 1b\n"                                                                                            \
        "vstr s13, [r0, #24]\n"                                                                               \
        "vstr s14, [r0, #28]\n"                                                                               \
        "pop {r4-r10, pc}\n" TINYML_EXTENT_BEYOND);                                                           \
  }

#define TINYML_TO_FLOAT               \
  "vldmia r1!, {s0-s3}\n"             \
  "vcvt.f32.s32 s0, s0\n"             \
  "vcvt.f32.s32 s1, s1\n"             \
  "vcvt.f32.s32 s2, s2\n"             \
  "vcvt.f32.s32 s3, s3\n"

#define TINYML_TIMES(a, b, c, d)            \
  "vmul.f32 s0, s0, " a "\n"                \
  "vmul.f32 s1, s1, " b "\n"                \
  "vmul.f32 s2, s2, " c "\n"                \
  "vmul.f32 s3, s3, " d "\n"

TINYML_FOURS(tinyml_rescale_fours_by_channel,
             TINYML_TO_FLOAT
             "vldmia r3!, {s4-s7}\n"
             "vldmia r12!, {s8-s11}\n"
             "vmul.f32 s4, s12, s4\n"
             "vmul.f32 s5, s12, s5\n"
             "vmul.f32 s6, s12, s6\n"
             "vmul.f32 s7, s12, s7\n" TINYML_TIMES("s4", "s5", "s6", "s7")
             "vadd.f32 s0, s0, s8\n"
             "vadd.f32 s1, s1, s9\n"
             "vadd.f32 s2, s2, s10\n"
             "vadd.f32 s3, s3, s11\n"
             "vstmia lr!, {s0-s3}\n")

TINYML_FOURS(tinyml_rescale_fours, TINYML_TO_FLOAT TINYML_TIMES("s12", "s12", "s12", "s12") "vstmia lr!, {s0-s3}\n")

/* The values are those of the sums: nothing is written. */
TINYML_FOURS(tinyml_extend_fours,
             "vldmia r1!, {s0-s3}\n"
             "mov lr, r1\n")

static inline tinyml_extent tinyml_extend_run(tinyml_extent seen, const float *values, int32_t count) {
  const int32_t whole = count & ~3;
  if (whole > 0) {
    const int32_t *const bits = (const void *)values;
    tinyml_fours fours = {bits, bits + whole, NULL, NULL, NULL, 0.0f, seen};
    tinyml_extend_fours(&fours);
    seen = fours.seen;
  }
  for (int32_t i = whole; i < count; i++) seen = tinyml_extend(seen, values[i]);
  return seen;
}

static inline tinyml_extent tinyml_rescale_run(const tinyml_rescaling *by, const int32_t *sums, int32_t count, float *output,
                                               tinyml_extent seen) {
  const int32_t is_either = (by->scale == NULL) == (by->bias == NULL), whole = is_either ? count & ~3 : 0;
  if (whole > 0) {
    tinyml_fours fours = {sums, sums + whole, by->scale, by->bias, output, by->common, seen};
    if (by->scale == NULL) {
      tinyml_rescale_fours(&fours);
    } else {
      tinyml_rescale_fours_by_channel(&fours);
    }
    seen = fours.seen;
  }
  for (int32_t i = whole; i < count; i++) {
    output[i] = tinyml_rescaled(by, sums[i], i);
    seen = tinyml_extend(seen, output[i]);
  }
  return seen;
}
