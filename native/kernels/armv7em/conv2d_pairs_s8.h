/* Four output positions at a time, or three, with the DSP instructions of ARMv7E-M and ARMv8-M. Whole functions in assembly: the
 * loop has 14 values, as many as there are registers. Included by generic/conv2d_pairs_s8.c. */

#include "../generic/tinyml_window_products.h"

/* The products of a word of weights and two inputs of four windows: 12 instructions of 4 bytes. r2 has the weights of both
 * channels, r3 those of the first. */
#define PAIR_WORD                 \
  "ldr.w r2, [r1], #4\n"          \
  "ldrd r12, lr, [r0], #8\n"      \
  "sxtb16 r3, r2\n"               \
  "smlad r4, r12, r3, r4\n"       \
  "smlad r5, lr, r3, r5\n"        \
  "smlad r8, r12, r2, r8\n"       \
  "smlad r9, lr, r2, r9\n"        \
  "ldrd r12, lr, [r0], #8\n"      \
  "smlad r6, r12, r3, r6\n"       \
  "smlad r7, lr, r3, r7\n"        \
  "smlad r10, r12, r2, r10\n"     \
  "smlad r11, lr, r2, r11\n"

#define BYTES_OF_PAIR_WORD 48
#define PAIR_WORDS 8

/* The same for three windows, 9 instructions. */
#define PAIR_WORD_OF_THREE      \
  "ldr.w r2, [r1], #4\n"        \
  "ldm.w r0!, {r7, r11, r12}\n" \
  "sxtb16 r3, r2\n"             \
  "smlad r4, r7, r3, r4\n"      \
  "smlad r5, r11, r3, r5\n"     \
  "smlad r6, r12, r3, r6\n"     \
  "smlad r8, r7, r2, r8\n"      \
  "smlad r9, r11, r2, r9\n"     \
  "smlad r10, r12, r2, r10\n"

#define BYTES_OF_PAIR_WORD_OF_THREE 36

#define NARROW(sum, down) TINYML_PAIR_NARROW(sum, down, "r2", "r3", "r12")

#define NOTHING(sum) ""

/* The sums of a block stay in r4-r7 (S0) and r8-r11 (S0 + 256 * S1). On the stack: what windows holds, in its order. */
#define MULTIPLY(name, ties)                                                                          \
  static __attribute__((naked, noinline)) void name(const tinyml_window_products *windows __attribute__((unused))) { \
    __asm volatile(                                                                                   \
        "push {r4-r11, lr}\n"                                                                         \
        "ldm r0, {r1-r8}\n"                                                                           \
        "adr.w r9, 8f\n"                                                                              \
        "add r8, r8, r9\n"                                                                            \
        "orr r8, r8, #1\n"                                                                            \
        "push {r1-r8}\n"                                                                              \
        "mov r1, r3\n"                                                                                \
        "7:\n"                                                                                        \
        "ldr r2, [sp, #28]\n"                                                                         \
        "ldr r0, [sp]\n"                                                                              \
        "ldrd r4, r8, [r1], #8\n"                                                                     \
        "mov r5, r4\n"                                                                                \
        "mov r6, r4\n"                                                                                \
        "mov r7, r4\n"                                                                                \
        "mov r9, r8\n"                                                                                \
        "mov r10, r8\n"                                                                               \
        "mov r11, r8\n"                                                                               \
        "bx r2\n"                                                                                     \
        ".p2align 2\n"                                                                                \
        "8:\n" PAIR_WORD PAIR_WORD PAIR_WORD PAIR_WORD PAIR_WORD PAIR_WORD PAIR_WORD PAIR_WORD        \
        "ldr r2, [sp, #4]\n"                                                                          \
        "cmp r0, r2\n"                                                                                \
        "bne.w 8b\n"                                                                                  \
        "ldrd r2, r3, [r1], #8\n"                                                                     \
        "ldr r12, [sp, #24]\n"                                                                        \
        "sub r8, r8, r4\n"                                                                            \
        "sub r9, r9, r5\n"                                                                            \
        "sub r10, r10, r6\n"                                                                          \
        "sub r11, r11, r7\n"                                                                          \
        NARROW("r4", ties("r4")) NARROW("r5", ties("r5")) NARROW("r6", ties("r6")) NARROW("r7", ties("r7")) \
        "ldrd r2, r3, [r1], #8\n"                                                                     \
        "asr r8, r8, #8\n"                                                                            \
        "asr r9, r9, #8\n"                                                                            \
        "asr r10, r10, #8\n"                                                                          \
        "asr r11, r11, #8\n"                                                                          \
        NARROW("r8", ties("r8")) NARROW("r9", ties("r9")) NARROW("r10", ties("r10")) NARROW("r11", ties("r11")) \
        "ldr lr, [sp, #16]\n"                                                                         \
        "ldr r0, [sp, #20]\n"                                                                         \
        "ldr r2, [sp, #12]\n"                                                                         \
        "bfi r4, r8, #8, #8\n"                                                                        \
        "bfi r5, r9, #8, #8\n"                                                                        \
        "bfi r6, r10, #8, #8\n"                                                                       \
        "bfi r7, r11, #8, #8\n"                                                                       \
        "strh r5, [lr, r0]\n"                                                                         \
        "strh r6, [lr, r0, lsl #1]\n"                                                                 \
        "add r3, lr, r0\n"                                                                            \
        "strh r7, [r3, r0, lsl #1]\n"                                                                 \
        "strh r4, [lr], #2\n"                                                                         \
        "str lr, [sp, #16]\n"                                                                         \
        "cmp r1, r2\n"                                                                                \
        "bne.w 7b\n"                                                                                  \
        "add sp, sp, #32\n"                                                                           \
        "pop {r4-r11, pc}\n");                                                                        \
  }

/* With a zero point of -128 what is below it is clamped to it, however ties were rounded. */
MULTIPLY(multiply_positive, NOTHING)
MULTIPLY(multiply_any, TINYML_PAIR_DOWN)

/* Three windows: sums in r4-r6 and r8-r10, inputs in r7, r11 and r12. */
static __attribute__((naked, noinline)) void multiply_three(const tinyml_window_products *windows __attribute__((unused))) {
  __asm volatile(
      "push {r4-r11, lr}\n"
      "ldm r0, {r1-r8}\n"
      "adr.w r9, 8f\n"
      "add r8, r8, r9\n"
      "orr r8, r8, #1\n"
      "push {r1-r8}\n"
      "mov r1, r3\n"
      "mov lr, r2\n"
      "7:\n"
      "ldr r2, [sp, #28]\n"
      "ldr r0, [sp]\n"
      "ldrd r4, r8, [r1], #8\n"
      "mov r5, r4\n"
      "mov r6, r4\n"
      "mov r9, r8\n"
      "mov r10, r8\n"
      "bx r2\n"
      ".p2align 2\n"
      "8:\n" PAIR_WORD_OF_THREE PAIR_WORD_OF_THREE PAIR_WORD_OF_THREE PAIR_WORD_OF_THREE
      PAIR_WORD_OF_THREE PAIR_WORD_OF_THREE PAIR_WORD_OF_THREE PAIR_WORD_OF_THREE
      "cmp r0, lr\n"
      "bne.w 8b\n"
      "ldrd r2, r3, [r1], #8\n"
      "ldr r12, [sp, #24]\n"
      "sub r8, r8, r4\n"
      "sub r9, r9, r5\n"
      "sub r10, r10, r6\n" NARROW("r4", TINYML_PAIR_DOWN("r4")) NARROW("r5", TINYML_PAIR_DOWN("r5")) NARROW("r6", TINYML_PAIR_DOWN("r6"))
      "ldrd r2, r3, [r1], #8\n"
      "asr r8, r8, #8\n"
      "asr r9, r9, #8\n"
      "asr r10, r10, #8\n" NARROW("r8", TINYML_PAIR_DOWN("r8")) NARROW("r9", TINYML_PAIR_DOWN("r9")) NARROW("r10", TINYML_PAIR_DOWN("r10"))
      "ldrd r7, r0, [sp, #16]\n"
      "ldr r2, [sp, #12]\n"
      "bfi r4, r8, #8, #8\n"
      "bfi r5, r9, #8, #8\n"
      "bfi r6, r10, #8, #8\n"
      "strh r5, [r7, r0]\n"
      "strh r6, [r7, r0, lsl #1]\n"
      "strh r4, [r7], #2\n"
      "str r7, [sp, #16]\n"
      "cmp r1, r2\n"
      "bne.w 7b\n"
      "add sp, sp, #32\n"
      "pop {r4-r11, pc}\n");
}

/* Whole words of each of four rows as int16: of every four inputs the even ones of each row, then the odd ones. */
TINYML_LAY_OUT_FOUR(widen_four,
                    "sxtb16 r8, r4\n"
                    "sxtb16 r9, r5\n"
                    "sxtb16 r10, r6\n"
                    "sxtb16 r11, r7\n"
                    "stmia lr!, {r8-r11}\n"
                    "sxtb16 r8, r4, ror #8\n"
                    "sxtb16 r9, r5, ror #8\n"
                    "sxtb16 r10, r6, ror #8\n"
                    "sxtb16 r11, r7, ror #8\n"
                    "stmia lr!, {r8-r11}\n")

/* The same of three rows. */
static __attribute__((naked, noinline)) uint32_t *widen_three(const int8_t *const *rows __attribute__((unused)),
                                                              uint32_t *to __attribute__((unused)),
                                                              int32_t bytes __attribute__((unused))) {
  __asm volatile(
      "push {r4-r10, lr}\n"
      "mov lr, r1\n"
      "mov r4, r2\n"
      "ldm r0, {r0-r2}\n"
      "add r12, r0, r4\n"
      "1:\n"
      "ldr r4, [r0], #4\n"
      "ldr r5, [r1], #4\n"
      "ldr r6, [r2], #4\n"
      "sxtb16 r8, r4\n"
      "sxtb16 r9, r5\n"
      "sxtb16 r10, r6\n"
      "stmia lr!, {r8-r10}\n"
      "sxtb16 r8, r4, ror #8\n"
      "sxtb16 r9, r5, ror #8\n"
      "sxtb16 r10, r6, ror #8\n"
      "stmia lr!, {r8-r10}\n"
      "cmp r0, r12\n"
      "bne 1b\n"
      "mov r0, lr\n"
      "pop {r4-r10, pc}\n");
}

/* A run of each of `count` rows; nothing behind it is read. */
static uint32_t *widen(const int8_t *const *rows, int32_t count, int32_t run, uint32_t *to) {
  const int32_t rest = run & 3, whole = run - rest;
  if (whole > 0) to = count == TINYML_POSITIONS ? widen_four(rows, to, whole) : widen_three(rows, to, whole);
  if (rest == 0) return to;
  for (int32_t j = 0; j < count; j++) {
    const int8_t *x = rows[j] + whole;
    to[j] = tinyml_pair_halves(x[0], rest > 1 ? x[rest - 1] : 0);
    if (rest > 2) to[count + j] = tinyml_pair_halves(x[1], 0);
  }
  return to + (rest > 2 ? 2 : 1) * count;
}

static void all_positions(const tinyml_conv2d_pairs_s8_params *p, const int8_t *input, const int32_t *table, int8_t *output, void *scratch) {
  const tinyml_window_loops loops = {
      .lay_out = widen,
      .multiply_four = p->output_zero_point == INT8_MIN ? multiply_positive : multiply_any,
      .multiply_three = multiply_three,
      .steps = p->words,
      .turn = PAIR_WORDS,
      .bytes_of_four = BYTES_OF_PAIR_WORD,
      .bytes_of_three = BYTES_OF_PAIR_WORD_OF_THREE,
  };
  tinyml_all_positions(&loops, p, input, table, output, scratch);
}
