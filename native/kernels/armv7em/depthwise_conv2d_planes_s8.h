/* Windows of 3x3, with the weights of a row in two words. Included by generic/depthwise_conv2d_planes_s8.c. */
#include "tinyml_depthwise_planes.h"

/* A row of the window for 1, 2 or 4 outputs: sums r4-r7; [sp + at] holds its weights. */
#define TAPS1(from, at)           \
  "ldrd r8, r9, [" from "]\n"     \
  "ldrd r3, r11, [sp, #" at "]\n" \
  "smlad r4, r8, r3, r4\n"        \
  "smlabt r4, r9, r11, r4\n"

#define TAPS2_STRIDE1(from, at) \
  TAPS1(from, at)               \
  "smlatb r5, r8, r3, r5\n"     \
  "smlad r5, r9, r11, r5\n"

#define TAPS4_STRIDE1(from, at)    \
  "ldrd r8, r9, [" from "], #8\n"  \
  "ldrd r3, r11, [sp, #" at "]\n"  \
  "ldr.w r10, [" from "]\n"        \
  "smlad r4, r8, r3, r4\n"         \
  "smlabt r4, r9, r11, r4\n"       \
  "smlatb r5, r8, r3, r5\n"        \
  "smlad r5, r9, r11, r5\n"        \
  "smlad r6, r9, r3, r6\n"         \
  "smlabt r6, r10, r11, r6\n"      \
  "smlatb r7, r9, r3, r7\n"        \
  "smlad r7, r10, r11, r7\n"

#define TAPS2_STRIDE2(from, at)  \
  "ldrd r8, r9, [" from "]\n"    \
  "ldrd r3, r11, [sp, #" at "]\n" \
  "ldr.w r10, [" from ", #8]\n"  \
  "smlad r4, r8, r3, r4\n"       \
  "smlabt r4, r9, r11, r4\n"     \
  "smlad r5, r9, r3, r5\n"       \
  "smlabt r5, r10, r11, r5\n"

#define TAPS4_STRIDE2(from, at)    \
  "ldrd r8, r9, [" from "], #16\n" \
  "ldrd r3, r11, [sp, #" at "]\n"  \
  "ldr.w r10, [" from ", #-8]\n"   \
  "smlad r4, r8, r3, r4\n"         \
  "smlabt r4, r9, r11, r4\n"       \
  "smlad r5, r9, r3, r5\n"         \
  "smlabt r5, r10, r11, r5\n"      \
  "ldr.w r8, [" from ", #-4]\n"    \
  "smlad r6, r10, r3, r6\n"        \
  "smlabt r6, r8, r11, r6\n"       \
  "ldr.w r9, [" from "]\n"         \
  "smlad r7, r8, r3, r7\n"         \
  "smlabt r7, r9, r11, r7\n"

#define WINDOW(taps) taps("r0", "48") taps("r1", "56") taps("r2", "64")

/* On the stack: channel_band and weights. r0-r2 rows of the plane, r12 output, lr outputs that are left in the row. Of three the fourth is computed and not kept. */
#define CHANNEL(name, taps1, taps2, taps4, down)                                                     \
  static __attribute__((naked, noinline)) void name(const channel_band *band __attribute__((unused))) { \
    __asm volatile(                                                                            \
        "push {r4-r11, lr}\n"                                                                  \
        "sub sp, sp, #72\n"                                                                    \
        "ldmia r0!, {r1-r12}\n"                                                                \
        "stmia sp, {r1-r12}\n"                                                                 \
        "ldmia r0, {r1-r6}\n"                                                                  \
        "add r8, sp, #48\n"                                                                    \
        "stmia r8, {r1-r6}\n"                                                                  \
        "6:\n"                                                                                 \
        "ldrd r0, r3, [sp, #24]\n"                                                             \
        "ldrd r4, r12, [sp, #32]\n"                                                            \
        "ldrd r5, r6, [sp, #40]\n"                                                             \
        "add r1, r0, r3\n"                                                                     \
        "add r2, r1, r3\n"                                                                     \
        "add r4, r0, r4\n"                                                                     \
        "str r4, [sp, #24]\n"                                                                  \
        "add r5, r12, r5\n"                                                                    \
        "str r5, [sp, #36]\n"                                                                  \
        "subs r6, r6, #1\n"                                                                    \
        "str r6, [sp, #44]\n"                                                                  \
        "ldr lr, [sp, #20]\n"                                                                  \
        "cmp lr, #2\n"                                                                         \
        "bls 2f\n"                                                                             \
        "1:\n"                                                                                 \
        "ldr r4, [sp]\n"                                                                  \
        "mov r5, r4\n"                                                                         \
        "mov r6, r4\n"                                                                         \
        "mov r7, r4\n" WINDOW(taps4)                                                           \
        "ldrd r3, r8, [sp, #4]\n"                                                             \
        "ldrd r9, r10, [sp, #12]\n" NARROW("r4", down) NARROW("r5", down) NARROW("r6", down) NARROW("r7", down)        \
        "strb r4, [r12]\n"                                                                     \
        "strb r5, [r12, r10]\n"                                                                \
        "strb r6, [r12, r10, lsl #1]\n"                                                        \
        "subs lr, lr, #4\n"                                                                    \
        "bmi 4f\n"                                                                             \
        "add r11, r12, r10\n"                                                                  \
        "strb r7, [r11, r10, lsl #1]\n"                                                        \
        "add r12, r12, r10, lsl #2\n"                                                          \
        "cmp lr, #2\n"                                                                         \
        "bhi 1b\n"                                                                             \
        "2:\n"                                                                                 \
        "cmp lr, #1\n"                                                                         \
        "blo 4f\n"                                                                             \
        "ldr r4, [sp]\n"                                                                  \
        "beq 3f\n"                                                                             \
        "mov r5, r4\n" WINDOW(taps2)                                                           \
        "ldrd r3, r8, [sp, #4]\n"                                                             \
        "ldrd r9, r10, [sp, #12]\n" NARROW("r4", down) NARROW("r5", down)                                  \
        "strb r4, [r12]\n"                                                                     \
        "strb r5, [r12, r10]\n"                                                                \
        "b 4f\n"                                                                               \
        "3:\n" WINDOW(taps1)                                                                   \
        "ldrd r3, r8, [sp, #4]\n"                                                             \
        "ldr r9, [sp, #12]\n" NARROW("r4", down)                                                     \
        "strb r4, [r12]\n"                                                                     \
        "4:\n"                                                                                 \
        "ldr r6, [sp, #44]\n"                                                                  \
        "cmp r6, #0\n"                                                                         \
        "bne.w 6b\n"                                                                           \
        "add sp, sp, #72\n"                                                                    \
        "pop {r4-r11, pc}\n");                                                                 \
  }

CHANNEL(channel_stride1, TAPS1, TAPS2_STRIDE1, TAPS4_STRIDE1, TINYML_PAIR_DOWN)
CHANNEL(channel_stride2, TAPS1, TAPS2_STRIDE2, TAPS4_STRIDE2, TINYML_PAIR_DOWN)
CHANNEL(channel_stride1_clamped, TAPS1, TAPS2_STRIDE1, TAPS4_STRIDE1, NO_TIES)

static void all_positions(const tinyml_depthwise_conv2d_planes_s8_params *p, const int8_t *input,
                          const int8_t *weights, const int32_t *bias, const int32_t *scales, int8_t *output,
                          void *scratch) {
  void (*const every)(const channel_band *) =
      p->act_min >= p->output_zero_point ? channel_stride1_clamped : channel_stride1;
  const int32_t outputs = p->transposed ? p->out_h : p->out_w, stride = p->transposed ? p->stride_h : p->stride_w;
  /* Of three outputs a fourth is computed. */
  const int32_t beyond = stride == 2 && outputs % 4 == 3 ? 4 : 2;
  struct {
    channel_band band;
    uint32_t pairs[6];
  } own;
  all_bands(p, 3, stride == 1 ? every : channel_stride2, (stride * outputs + beyond + 1) / 2 * 2, &own.band, input, weights,
            bias, scales, output, scratch);
}
