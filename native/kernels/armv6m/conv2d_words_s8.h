/* Four output positions at a time with the instructions of ARMv6-M: inputs in four low registers, sums in four high ones. Included by
 * generic/conv2d_words_s8.c. */
#include "../generic/tinyml_window_products.h"
#include "tinyml_high_registers.h"
#include "tinyml_narrow.h"

/* The products of an input of four windows and its weight: 11 instructions of 2 bytes. */
#define STEP               \
  "ldrsb r2, [r0, r7]\n"   \
  "ldmia r1!, {r3-r6}\n"   \
  "muls r3, r2, r3\n"      \
  "muls r4, r2, r4\n"      \
  "muls r5, r2, r5\n"      \
  "muls r6, r2, r6\n"      \
  "add r8, r3\n"           \
  "add r9, r4\n"           \
  "add r10, r5\n"          \
  "add r11, r6\n"          \
  "adds r7, #2\n"

enum { STEPS = 8, BYTES_OF_STEP = 22, BYTES_OF_STEP_OF_THREE = BYTES_OF_STEP };

/* The sums of four positions. @param weights the end of those of a channel, each the second byte after the one before @param behind bytes from there
 * to the first, below zero @param sums the first holds the bias @param skip bytes of code that the first turn leaves out */
static __attribute__((naked, noinline)) void dot_four(const int8_t *weights __attribute__((unused)), const uint32_t *x __attribute__((unused)),
                                                      int32_t behind __attribute__((unused)), int32_t *sums __attribute__((unused)),
                                                      int32_t skip __attribute__((unused))) {
  __asm volatile(
      ".syntax unified\n"
      "push {r3-r7, lr}\n"
      TINYML_SAVE_HIGH
      "mov r7, r2\n"
      "ldr r3, [r3]\n"
      TINYML_COPY_HIGH("r3")
      "ldr r2, [sp, #40]\n"
      "adr r3, 1f\n"
      "adds r3, r3, r2\n"
      "adds r3, #1\n"
      "bx r3\n"
      ".p2align 2\n"
      "1:\n" STEP STEP STEP STEP STEP STEP STEP STEP
      "bne 1b\n"
      "ldr r3, [sp, #16]\n"
      TINYML_STORE_HIGH("r3")
      TINYML_RESTORE_HIGH
      "pop {r3-r7, pc}\n");
}

static void multiply(const tinyml_window_products *windows, int32_t count) {
  const int32_t steps = windows->steps;
  const int32_t *scale = windows->table;
  int32_t sums[TINYML_POSITIONS];
  for (int8_t *output = windows->output; scale != windows->table_end; scale += 4) {
    const int32_t *const block = scale;
    const int8_t *const end = (const int8_t *)(block + 2) + 2 * steps;
    scale = block + 2 + (steps + 1) / 2;
    for (int32_t place = 0; place < 2; place++, output++) {
      sums[0] = block[place];
      dot_four(end + place, windows->x, -2 * steps, sums, windows->skip);
      tinyml_narrow_sums(sums, count, scale + 2 * place, windows->zero_point, output, windows->output_step);
    }
  }
}

static void multiply_four(const tinyml_window_products *windows) { multiply(windows, TINYML_POSITIONS); }

static void multiply_three(const tinyml_window_products *windows) { multiply(windows, 3); }

/* A run of each of `count` rows, four words for each input; nothing behind it is read. */
static uint32_t *widen(const int8_t *const *rows, int32_t count, int32_t run, uint32_t *to) {
  for (int32_t j = 0; j < TINYML_POSITIONS; j++) {
    const int8_t *from = rows[j < count ? j : 0];
    uint32_t *at = to + j;
    for (const int8_t *const end = from + run; from != end; at += TINYML_POSITIONS) *at = (uint32_t)(int32_t)*from++;
  }
  return to + TINYML_POSITIONS * run;
}
