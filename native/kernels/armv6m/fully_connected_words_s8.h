/* Eight output features at a time with the instructions of ARMv6-M. A whole function in assembly: eight sums stay in registers, six of them in high
 * ones. Included by generic/fully_connected_words_s8.c. */
#include "tinyml_high_registers.h"
#include "tinyml_narrow.h"

/* The product of the input in r2 and a weight, which may lie anywhere: only bytes without a sign are loaded at a distance. */
#define PRODUCT(lane, add) "ldrb r3, [r1, #" lane "]\nsxtb r3, r3\nmuls r3, r2, r3\n" add ", r3\n"

static __attribute__((naked, noinline)) void lanes_of(const int8_t *x __attribute__((unused)), int32_t count __attribute__((unused)),
                                                      const int8_t *weights __attribute__((unused)),
                                                      const int32_t *bias __attribute__((unused)),
                                                      int32_t *sums __attribute__((unused))) {
  __asm volatile(
      ".syntax unified\n"
      "push {r4-r7, lr}\n"
      TINYML_SAVE_HIGH
      "ldmia r3!, {r4-r7}\n"
      "mov r8, r4\n"
      "mov r9, r5\n"
      "mov r10, r6\n"
      "mov r11, r7\n"
      "ldmia r3!, {r4-r7}\n"
      "mov r12, r4\n"
      "mov lr, r5\n"
      "mov r5, r6\n"
      "adds r0, r0, r1\n"
      "rsbs r6, r1, #0\n"
      "mov r1, r2\n"
      "1:\n"
      "ldrsb r2, [r0, r6]\n"
      PRODUCT("0", "add r8") PRODUCT("1", "add r9") PRODUCT("2", "add r10") PRODUCT("3", "add r11")
      PRODUCT("4", "add r12") PRODUCT("5", "add lr") PRODUCT("6", "adds r5, r5") PRODUCT("7", "adds r7, r7")
      "adds r1, #8\n"
      "adds r6, r6, #1\n"
      "bne 1b\n"
      "ldr r0, [sp, #36]\n"
      "mov r1, r8\n"
      "mov r2, r9\n"
      "mov r3, r10\n"
      "mov r4, r11\n"
      "stmia r0!, {r1-r4}\n"
      "mov r1, r12\n"
      "mov r2, lr\n"
      "mov r3, r5\n"
      "mov r4, r7\n"
      "stmia r0!, {r1-r4}\n"
      TINYML_RESTORE_HIGH
      "pop {r4-r7, pc}\n");
}

/* Codes of `count` sums. step: int32 from what requantises one to that of the next. */
static void narrow_lanes(const int32_t *sums, int32_t count, const int32_t *scales, int32_t step, int32_t zero_point, int8_t *output) {
  if (step == 0) {
    tinyml_narrow_sums(sums, count, scales, zero_point, output, 1);
    return;
  }
  for (const int32_t *const end = sums + count; sums != end; sums++, scales += step) {
    tinyml_narrow_sums(sums, 1, scales, zero_point, output++, 1);
  }
}
