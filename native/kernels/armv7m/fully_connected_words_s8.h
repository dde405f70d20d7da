/* Eight output features at a time with the instructions of ARMv7-M. A whole function in assembly: eight sums stay in registers. Included by
 * generic/fully_connected_words_s8.c. */
/* The products of an input and eight weights: 17 instructions of 4 bytes. */
#define STEP                                       \
  "ldrsb r2, [r0], #1\n"                           \
  "ldrsb r3, [r1], #1\nmla r4, r3, r2, r4\n"       \
  "ldrsb r3, [r1], #1\nmla r5, r3, r2, r5\n"       \
  "ldrsb r3, [r1], #1\nmla r6, r3, r2, r6\n"       \
  "ldrsb r3, [r1], #1\nmla r7, r3, r2, r7\n"       \
  "ldrsb r3, [r1], #1\nmla r8, r3, r2, r8\n"       \
  "ldrsb r3, [r1], #1\nmla r9, r3, r2, r9\n"       \
  "ldrsb r3, [r1], #1\nmla r10, r3, r2, r10\n"     \
  "ldrsb r3, [r1], #1\nmla r11, r3, r2, r11\n"

enum { STEPS = 8, BYTES_OF_STEP = 68 };

/* @param end of the inputs @param skip bytes of code that the first turn of eight steps leaves out */
static __attribute__((naked, noinline)) void add_products(const int8_t *x __attribute__((unused)), const int8_t *end __attribute__((unused)),
                                                          const int8_t *weights __attribute__((unused)),
                                                          const int32_t *bias __attribute__((unused)),
                                                          int32_t *sums __attribute__((unused)), int32_t skip __attribute__((unused))) {
  __asm volatile(
      "push {r4-r11, lr}\n"
      "ldm r3, {r4-r11}\n"
      "mov r12, r1\n"
      "mov r1, r2\n"
      "ldr r2, [sp, #40]\n"
      "adr.w r3, 8f\n"
      "add r2, r2, r3\n"
      "orr r2, r2, #1\n"
      "bx r2\n"
      ".p2align 2\n"
      "8:\n" STEP STEP STEP STEP STEP STEP STEP STEP
      "cmp r0, r12\n"
      "bne.w 8b\n"
      "ldr r0, [sp, #36]\n"
      "stm r0, {r4-r11}\n"
      "pop {r4-r11, pc}\n");
}

static void lanes_of(const int8_t *x, int32_t count, const int8_t *weights, const int32_t *bias, int32_t *sums) {
  add_products(x, x + count, weights, bias, sums, (STEPS - count % STEPS) % STEPS * BYTES_OF_STEP);
}
