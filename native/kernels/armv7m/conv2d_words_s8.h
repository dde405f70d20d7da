/* Four output positions at a time, or three, with the instructions of ARMv7-M. Whole functions in assembly: the loop has 14 values, as
 * many as there are registers. Included by generic/conv2d_words_s8.c. */
#include "../generic/tinyml_window_products.h"
#include "tinyml_narrow.h"

/* The products of an input of four windows and its weights of two channels: 12 instructions of 4 bytes. */
#define STEP                     \
  "ldrsb r2, [r1], #1\n"         \
  "ldrsb r3, [r1], #1\n"         \
  "ldrd r12, lr, [r0], #8\n"     \
  "mla r4, r12, r2, r4\n"        \
  "mla r5, lr, r2, r5\n"         \
  "mla r8, r12, r3, r8\n"        \
  "mla r9, lr, r3, r9\n"         \
  "ldrd r12, lr, [r0], #8\n"     \
  "mla r6, r12, r2, r6\n"        \
  "mla r7, lr, r2, r7\n"         \
  "mla r10, r12, r3, r10\n"      \
  "mla r11, lr, r3, r11\n"

/* The same for three windows, 9 instructions. */
#define STEP_OF_THREE            \
  "ldrsb r2, [r1], #1\n"         \
  "ldrsb r3, [r1], #1\n"         \
  "ldm.w r0!, {r7, r11, r12}\n"  \
  "mla r4, r7, r2, r4\n"         \
  "mla r5, r11, r2, r5\n"        \
  "mla r6, r12, r2, r6\n"        \
  "mla r8, r7, r3, r8\n"         \
  "mla r9, r11, r3, r9\n"        \
  "mla r10, r12, r3, r10\n"

enum { STEPS = 8, BYTES_OF_STEP = 48, BYTES_OF_STEP_OF_THREE = 36 };

#define NARROW(sum) TINYML_NARROW(sum, "r2", "r3", "r12", "lr", "r0")

/* The sums of a block stay in r4-r7 and r8-r11. On the stack: what windows holds, in its order. `copies`: a bias for each position;
 * `first`, `second`: the codes of each channel; `bytes`: both of a position beside each other; `store`: of all positions but the first. */
#define MULTIPLY(name, step, copies, first, second, bytes, store)                                                    \
  static __attribute__((naked, noinline)) void name(const tinyml_window_products *windows __attribute__((unused))) { \
    __asm volatile(                                                                                                  \
        "push {r4-r11, lr}\n"                                                                                        \
        "ldm r0, {r1-r8}\n"                                                                                          \
        "adr.w r9, 8f\n"                                                                                             \
        "add r8, r8, r9\n"                                                                                           \
        "orr r8, r8, #1\n"                                                                                           \
        "push {r1-r8}\n"                                                                                             \
        "mov r1, r3\n"                                                                                               \
        "7:\n"                                                                                                       \
        "ldr r2, [sp, #28]\n"                                                                                        \
        "ldr r0, [sp]\n"                                                                                             \
        "ldrd r4, r8, [r1], #8\n" copies                                                                             \
        "bx r2\n"                                                                                                    \
        ".p2align 2\n"                                                                                               \
        "8:\n" step step step step step step step step                                                               \
        "ldr r2, [sp, #4]\n"                                                                                         \
        "cmp r0, r2\n"                                                                                               \
        "bne.w 8b\n"                                                                                                 \
        /* Of an odd number of inputs the last word is half. */                                                      \
        "adds r1, r1, #2\n"                                                                                          \
        "bic r1, r1, #3\n"                                                                                           \
        "ldr r12, [sp, #24]\n"                                                                                       \
        "ldrd r2, r3, [r1], #8\n" first                                                                              \
        "ldrd r2, r3, [r1], #8\n" second                                                                             \
        "ldrd lr, r0, [sp, #16]\n"                                                                                   \
        "ldr r2, [sp, #12]\n" bytes                                                                                  \
        "strh r5, [lr, r0]\n"                                                                                        \
        "strh r6, [lr, r0, lsl #1]\n" store                                                                          \
        "strh r4, [lr], #2\n"                                                                                        \
        "str lr, [sp, #16]\n"                                                                                        \
        "cmp r1, r2\n"                                                                                               \
        "bne.w 7b\n"                                                                                                 \
        "add sp, sp, #32\n"                                                                                          \
        "pop {r4-r11, pc}\n");                                                                                       \
  }

#define COPIES "mov r5, r4\nmov r6, r4\nmov r9, r8\nmov r10, r8\n"
#define BYTES "bfi r4, r8, #8, #8\nbfi r5, r9, #8, #8\nbfi r6, r10, #8, #8\n"

MULTIPLY(multiply_three, STEP_OF_THREE, COPIES, NARROW("r4") NARROW("r5") NARROW("r6"),
         NARROW("r8") NARROW("r9") NARROW("r10"), BYTES, "")
MULTIPLY(multiply_four, STEP, COPIES "mov r7, r4\nmov r11, r8\n", NARROW("r4") NARROW("r5") NARROW("r6") NARROW("r7"),
         NARROW("r8") NARROW("r9") NARROW("r10") NARROW("r11"), BYTES "bfi r7, r11, #8, #8\n",
         "add r3, lr, r0\nstrh r7, [r3, r0, lsl #1]\n")

/* Four bytes of each of four rows as words: the first of each row, then the second and so on. */
TINYML_LAY_OUT_FOUR(widen_four,
                    "sxtb r8, r4\nsxtb r9, r5\nsxtb r10, r6\nsxtb r11, r7\n"
                    "stmia lr!, {r8-r11}\n"
                    "sxtb r8, r4, ror #8\nsxtb r9, r5, ror #8\nsxtb r10, r6, ror #8\nsxtb r11, r7, ror #8\n"
                    "stmia lr!, {r8-r11}\n"
                    "sxtb r8, r4, ror #16\nsxtb r9, r5, ror #16\nsxtb r10, r6, ror #16\nsxtb r11, r7, ror #16\n"
                    "stmia lr!, {r8-r11}\n"
                    "asrs r4, r4, #24\nasrs r5, r5, #24\nasrs r6, r6, #24\nasrs r7, r7, #24\n"
                    "stmia lr!, {r4-r7}\n")

/* A run of each of `count` rows; nothing behind it is read. */
static uint32_t *widen(const int8_t *const *rows, int32_t count, int32_t run, uint32_t *to) {
  int32_t i = 0;
  if (count == TINYML_POSITIONS && run > 3) {
    i = run & ~3;
    to = widen_four(rows, to, i);
  }
  for (; i < run; i++, to += count) {
    for (int32_t j = 0; j < count; j++) to[j] = (uint32_t)(int32_t)rows[j][i];
  }
  return to;
}
