/* Windows of 5x5 and 7x7, row by row, four outputs at a time. Included by generic/depthwise_conv2d_large_planes_s8.c. */
#include "tinyml_depthwise_planes.h"

/* A row of the window for 4 outputs: sums r4-r7; r0 row of the plane, lr bytes to the next, r1 weights. */
#define FIVE_STRIDE1               \
  "ldrd r8, r9, [r0]\n"            \
  "ldrd r3, r12, [r1], #8\n"       \
  "ldrd r10, r11, [r0, #8]\n"      \
  "smlad r4, r8, r3, r4\n"         \
  "smlatb r5, r8, r3, r5\n"        \
  "smlad r6, r9, r3, r6\n"         \
  "smlatb r7, r9, r3, r7\n"        \
  "smlad r4, r9, r12, r4\n"        \
  "smlad r6, r10, r12, r6\n"       \
  "ldrd r3, r12, [r1], #8\n"       \
  "add r0, r0, lr\n"               \
  "smlad r5, r9, r3, r5\n"         \
  "smlad r7, r10, r3, r7\n"        \
  "smlabt r4, r10, r12, r4\n"      \
  "smlad r5, r10, r12, r5\n"       \
  "smlabt r6, r11, r12, r6\n"      \
  "smlad r7, r11, r12, r7\n"

#define SEVEN_STRIDE1              \
  "ldrd r8, r9, [r0]\n"            \
  "ldrd r3, r12, [r1], #8\n"       \
  "ldrd r10, r11, [r0, #8]\n"      \
  "smlad r4, r8, r3, r4\n"         \
  "smlatb r5, r8, r3, r5\n"        \
  "smlad r6, r9, r3, r6\n"         \
  "smlatb r7, r9, r3, r7\n"        \
  "smlad r4, r9, r12, r4\n"        \
  "smlad r6, r10, r12, r6\n"       \
  "ldr r8, [r0, #16]\n"            \
  "ldrd r3, r12, [r1], #8\n"       \
  "add r0, r0, lr\n"               \
  "smlad r4, r10, r3, r4\n"        \
  "smlad r6, r11, r3, r6\n"        \
  "smlad r5, r9, r12, r5\n"        \
  "smlad r7, r10, r12, r7\n"       \
  "ldrd r3, r12, [r1], #8\n"       \
  "smlad r5, r10, r3, r5\n"        \
  "smlad r7, r11, r3, r7\n"        \
  "smlabt r4, r11, r12, r4\n"      \
  "smlad r5, r11, r12, r5\n"       \
  "smlabt r6, r8, r12, r6\n"       \
  "smlad r7, r8, r12, r7\n"

#define FIVE_STRIDE2               \
  "ldrd r8, r9, [r0]\n"            \
  "ldrd r3, r12, [r1]\n"           \
  "ldrd r10, r11, [r0, #8]\n"      \
  "smlad r4, r8, r3, r4\n"         \
  "smlad r5, r9, r3, r5\n"         \
  "smlad r6, r10, r3, r6\n"        \
  "smlad r7, r11, r3, r7\n"        \
  "ldr r3, [r1, #12]\n"            \
  "smlad r4, r9, r12, r4\n"        \
  "ldrd r8, r9, [r0, #16]\n"       \
  "smlad r5, r10, r12, r5\n"       \
  "smlad r6, r11, r12, r6\n"       \
  "smlad r7, r8, r12, r7\n"        \
  "adds r1, r1, #16\n"             \
  "add r0, r0, lr\n"               \
  "smlabt r4, r10, r3, r4\n"       \
  "smlabt r5, r11, r3, r5\n"       \
  "smlabt r6, r8, r3, r6\n"        \
  "smlabt r7, r9, r3, r7\n"

#define SEVEN_STRIDE2              \
  "ldrd r8, r9, [r0]\n"            \
  "ldrd r3, r12, [r1]\n"           \
  "ldrd r10, r11, [r0, #8]\n"      \
  "smlad r4, r8, r3, r4\n"         \
  "smlad r5, r9, r3, r5\n"         \
  "smlad r6, r10, r3, r6\n"        \
  "smlad r7, r11, r3, r7\n"        \
  "ldr r3, [r1, #8]\n"             \
  "smlad r4, r9, r12, r4\n"        \
  "ldrd r8, r9, [r0, #16]\n"       \
  "smlad r5, r10, r12, r5\n"       \
  "smlad r6, r11, r12, r6\n"       \
  "smlad r7, r8, r12, r7\n"        \
  "ldr r12, [r1, #20]\n"           \
  "smlad r4, r10, r3, r4\n"        \
  "ldr r10, [r0, #24]\n"           \
  "smlad r5, r11, r3, r5\n"        \
  "smlad r6, r8, r3, r6\n"         \
  "smlad r7, r9, r3, r7\n"         \
  "adds r1, r1, #24\n"             \
  "add r0, r0, lr\n"               \
  "smlabt r4, r11, r12, r4\n"      \
  "smlabt r5, r8, r12, r5\n"       \
  "smlabt r6, r9, r12, r6\n"       \
  "smlabt r7, r10, r12, r7\n"

/* On the stack: channel_band, its weights, r0 of the turn, outputs that are left in the row, the next one, rows of the window.
 * Four outputs a turn, of which those beyond the row are not kept. */
#define LARGE_WINDOW(name, taps, window, bytes)                                                           \
  static __attribute__((naked, noinline)) void name(const channel_band *band __attribute__((unused))) {  \
    __asm volatile(                                                                                       \
        "push {r4-r11, lr}\n"                                                                             \
        "sub sp, sp, #68\n"                                                                               \
        "ldmia r0!, {r1-r12}\n"                                                                           \
        "stmia sp, {r1-r12}\n"                                                                            \
        "str r0, [sp, #48]\n"                                                                             \
        "6:\n"                                                                                            \
        "ldrd r3, r12, [sp, #32]\n"                                                                       \
        "ldr r0, [sp, #24]\n"                                                                             \
        "ldr r4, [sp, #40]\n"                                                                             \
        "add r3, r0, r3\n"                                                                                \
        "add r4, r12, r4\n"                                                                               \
        "str r3, [sp, #24]\n"                                                                             \
        "str r4, [sp, #36]\n"                                                                             \
        "ldr r11, [sp, #20]\n"                                                                            \
        "1:\n"                                                                                            \
        "strd r0, r11, [sp, #52]\n"                                                                       \
        "str r12, [sp, #60]\n"                                                                            \
        "ldr r1, [sp, #48]\n"                                                                             \
        "ldr lr, [sp, #28]\n"                                                                             \
        "ldr r4, [sp]\n"                                                                                  \
        "movs r2, #" window "\n"                                                                          \
        "mov r5, r4\n"                                                                                    \
        "mov r6, r4\n"                                                                                    \
        "mov r7, r4\n"                                                                                    \
        "2:\n" taps                                                                                       \
        "subs r2, r2, #1\n"                                                                               \
        "bne 2b\n"                                                                                        \
        "ldrd r3, r8, [sp, #4]\n"                                                                         \
        "ldrd r9, r10, [sp, #12]\n" NARROW("r4", TINYML_PAIR_DOWN) NARROW("r5", TINYML_PAIR_DOWN)        \
        NARROW("r6", TINYML_PAIR_DOWN) NARROW("r7", TINYML_PAIR_DOWN)                                     \
        "ldrd r11, r12, [sp, #56]\n"                                                                      \
        "strb r4, [r12]\n"                                                                                \
        "cmp r11, #4\n"                                                                                   \
        "blt 3f\n"                                                                                        \
        "strb r5, [r12, r10]\n"                                                                           \
        "add r12, r12, r10, lsl #1\n"                                                                     \
        "strb r6, [r12]\n"                                                                                \
        "strb r7, [r12, r10]\n"                                                                           \
        "subs r11, r11, #4\n"                                                                             \
        "beq 4f\n"                                                                                        \
        "add r12, r12, r10, lsl #1\n"                                                                     \
        "ldr r0, [sp, #52]\n"                                                                             \
        "adds r0, r0, #" bytes "\n"                                                                       \
        "b 1b\n"                                                                                          \
        "3:\n"                                                                                            \
        "cmp r11, #2\n"                                                                                   \
        "blt 4f\n"                                                                                        \
        "strb r5, [r12, r10]\n"                                                                           \
        "beq 4f\n"                                                                                        \
        "strb r6, [r12, r10, lsl #1]\n"                                                                   \
        "4:\n"                                                                                            \
        "ldr r6, [sp, #44]\n"                                                                             \
        "subs r6, r6, #1\n"                                                                               \
        "str r6, [sp, #44]\n"                                                                             \
        "bne.w 6b\n"                                                                                      \
        "add sp, sp, #68\n"                                                                               \
        "pop {r4-r11, pc}\n");                                                                            \
  }

LARGE_WINDOW(five_stride1, FIVE_STRIDE1, "5", "8")
LARGE_WINDOW(five_stride2, FIVE_STRIDE2, "5", "16")
LARGE_WINDOW(seven_stride1, SEVEN_STRIDE1, "7", "8")
LARGE_WINDOW(seven_stride2, SEVEN_STRIDE2, "7", "16")

static void all_positions(const tinyml_depthwise_conv2d_planes_s8_params *p, const int8_t *input,
                          const int8_t *weights, const int32_t *bias, const int32_t *scales, int8_t *output,
                          void *scratch) {
  const int32_t outputs = p->transposed ? p->out_h : p->out_w, stride = p->transposed ? p->stride_h : p->stride_w;
  void (*const five)(const channel_band *) = stride == 1 ? five_stride1 : five_stride2;
  void (*const seven)(const channel_band *) = stride == 1 ? seven_stride1 : seven_stride2;
  const int32_t columns = stride * ((outputs + 3) / 4 * 4 - 1) + p->kernel_w, pitch = (columns + 1) / 2 * 2;
  const int32_t rows = (p->band - 1) * (p->transposed ? p->stride_w : p->stride_h) + p->kernel_h;
  int16_t *const planes = scratch;
  channel_band *const band = (void *)(planes + TINYML_PLANES * pitch * rows);
  all_bands(p, p->kernel_h, p->kernel_w == 5 ? five : seven, pitch, band, input, weights, bias, scales, output, planes);
}
