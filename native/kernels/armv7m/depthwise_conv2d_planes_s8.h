/* Depthwise convolutions of 3x3 with the instructions of ARMv7-M: pixels of one channel side by side, so that four outputs share their loads and
 * their weights. Whole functions in assembly: the loop has 14 values, as many as there are registers. Included by
 * generic/depthwise_conv2d_planes_s8.c. */
#include "../generic/tinyml_small_windows.h"
#include "tinyml_lay_out_planes.h"
#include "tinyml_narrow.h"

#define NARROW(sum) TINYML_NARROW(sum, "r1", "r2", "r3", "r8", "r9")

/* A row of the windows of four outputs: pixels from r0 on in r8-r11, weights in r1-r3, sums in r4-r7 onto `a` to `d`. */
#define ROW(a, b, c, d)                                                     \
  "ldrsb r8, [r0]\nldrsb r9, [r0, #1]\nldrsb r10, [r0, #2]\nldrsb r11, [r0, #3]\n" \
  "mla r5, r9, r1, " b "\nmla r6, r10, r1, " c "\nmla r7, r11, r1, " d "\nmla r4, r8, r1, " a "\n" \
  "ldrsb r8, [r0, #4]\n"                                                    \
  "mla r4, r9, r2, r4\nmla r5, r10, r2, r5\nmla r6, r11, r2, r6\nmla r7, r8, r2, r7\n" \
  "ldrsb r9, [r0, #5]\n"                                                    \
  "mla r4, r10, r3, r4\nmla r5, r11, r3, r5\nmla r6, r8, r3, r6\nmla r7, r9, r3, r7\n"

/* The same of every second pixel. */
#define ROW_OF_TWO(a, b, c, d)                                              \
  "ldrsb r8, [r0]\nldrsb r9, [r0, #2]\nldrsb r10, [r0, #4]\nldrsb r11, [r0, #6]\n" \
  "mla r5, r9, r1, " b "\nmla r6, r10, r1, " c "\nmla r7, r11, r1, " d "\nmla r4, r8, r1, " a "\n" \
  "mla r4, r9, r3, r4\nmla r5, r10, r3, r5\nmla r6, r11, r3, r6\n"          \
  "ldrsb r8, [r0, #8]\nldrsb r9, [r0, #1]\nldrsb r10, [r0, #3]\nldrsb r11, [r0, #5]\nldrsb r1, [r0, #7]\n" \
  "mla r7, r8, r3, r7\n"                                                    \
  "mla r4, r9, r2, r4\nmla r5, r10, r2, r5\nmla r6, r11, r2, r6\nmla r7, r1, r2, r7\n"

/* A row of the window of one output. */
#define ROW_OF_ONE                                           \
  "ldrsb r8, [r0]\nldrsb r9, [r0, #1]\nldrsb r10, [r0, #2]\n" \
  "mla r4, r8, r1, r4\nmla r4, r9, r2, r4\nmla r4, r10, r3, r4\n"

#define NEXT "add r0, r0, lr\nldm r12!, {r1-r3}\n"

/* Rows of outputs. `stride`: pixels from a window to the next; `four`: those of four outputs. */
#define CHANNEL(name, row, stride, four)                                                          \
  static __attribute__((naked, noinline)) void name(const tinyml_channel_band *band __attribute__((unused))) { \
    __asm volatile(                                                                               \
        "push {r0, r4-r11, lr}\n"                                                                 \
        "ldr lr, [r0, #68]\n"                                                                     \
        "1:\n"                                                                                    \
        "ldr r12, [sp]\n"                                                                         \
        "ldr r0, [r12, #64]\n"                                                                    \
        "ldr r8, [r12, #76]\n"                                                                    \
        "cmp r8, #0\n"                                                                            \
        "beq 3f\n"                                                                                \
        "add r8, r8, r0\n"                                                                        \
        "str r8, [r12, #60]\n"                                                                    \
        "2:\n"                                                                                    \
        "ldr r12, [sp]\n"                                                                         \
        "ldm r12!, {r1-r4}\n" row("r4", "r4", "r4", "r4") NEXT row("r4", "r5", "r6", "r7") NEXT   \
        row("r4", "r5", "r6", "r7")                                                               \
        "ldm r12!, {r1-r3}\n" NARROW("r4") NARROW("r5") NARROW("r6") NARROW("r7")                 \
        "ldm r12, {r8, r10, r11}\n"                                                               \
        "sub r0, r0, lr, lsl #1\n"                                                                \
        "adds r0, r0, #" four "\n"                                                                \
        "add r9, r8, r10\n"                                                                       \
        "strb r4, [r8]\n"                                                                         \
        "strb r5, [r8, r10]\n"                                                                    \
        "strb r6, [r8, r10, lsl #1]\n"                                                            \
        "strb r7, [r9, r10, lsl #1]\n"                                                            \
        "add r8, r8, r10, lsl #2\n"                                                               \
        "str r8, [r12]\n"                                                                         \
        "cmp r0, r11\n"                                                                           \
        "bne 2b\n"                                                                                \
        "3:\n"                                                                                    \
        "ldr r12, [sp]\n"                                                                         \
        "ldr r8, [r12, #80]\n"                                                                    \
        "cmp r8, #0\n"                                                                            \
        "beq 5f\n"                                                                                \
        "add r8, r8, r0\n"                                                                        \
        "str r8, [r12, #60]\n"                                                                    \
        "4:\n"                                                                                    \
        "ldr r12, [sp]\n"                                                                         \
        "ldm r12!, {r1-r4}\n" ROW_OF_ONE NEXT ROW_OF_ONE NEXT ROW_OF_ONE                          \
        "ldm r12!, {r1-r3}\n" NARROW("r4")                                                        \
        "ldm r12, {r8, r10, r11}\n"                                                               \
        "sub r0, r0, lr, lsl #1\n"                                                                \
        "adds r0, r0, #" stride "\n"                                                              \
        "strb r4, [r8]\n"                                                                         \
        "add r8, r8, r10\n"                                                                       \
        "str r8, [r12]\n"                                                                         \
        "cmp r0, r11\n"                                                                           \
        "bne 4b\n"                                                                                \
        "ldr r12, [sp]\n"                                                                         \
        "5:\n"                                                                                    \
        "ldr r0, [r12, #64]\n"                                                                    \
        "ldr r1, [r12, #72]\n"                                                                    \
        "add r0, r0, r1\n"                                                                        \
        "str r0, [r12, #64]\n"                                                                    \
        "ldr r1, [r12, #84]\n"                                                                    \
        "subs r1, r1, #1\n"                                                                       \
        "str r1, [r12, #84]\n"                                                                    \
        "bne 1b\n"                                                                                \
        "pop {r0, r4-r11, pc}\n");                                                                \
  }

CHANNEL(every_pixel, ROW, "1", "4")
CHANNEL(every_second, ROW_OF_TWO, "2", "8")
