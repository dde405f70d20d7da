/* Sums of four windows of 5x5 and 7x7 with the instructions of ARMv7-M. Whole functions in assembly: four sums and four pixels stay in registers.
 * Included by generic/tinyml_large_windows.h. */

#include "tinyml_lay_out_planes.h"

/* The products of a tap and four pixels. */
#define TAP(j, a, b, c, d)    \
  "ldr r3, [r2, #4*" j "]\n"  \
  "mla r4, " a ", r3, r4\n"   \
  "mla r5, " b ", r3, r5\n"   \
  "mla r6, " c ", r3, r6\n"   \
  "mla r7, " d ", r3, r7\n"

#define PIXEL(register, i) "ldrsb " register ", [r1, #" i "]\n"

/* Pixels side by side: each tap but the first takes one more. */
#define FIRST_FOUR(a, b, c, d) PIXEL("r8", a) PIXEL("r9", b) PIXEL("r10", c) PIXEL("r11", d)
#define FIVE                                                            \
  FIRST_FOUR("0", "1", "2", "3")                                        \
  TAP("0", "r8", "r9", "r10", "r11") PIXEL("r8", "4")                   \
  TAP("1", "r9", "r10", "r11", "r8") PIXEL("r9", "5")                   \
  TAP("2", "r10", "r11", "r8", "r9") PIXEL("r10", "6")                  \
  TAP("3", "r11", "r8", "r9", "r10") PIXEL("r11", "7")                  \
  TAP("4", "r8", "r9", "r10", "r11")
#define SEVEN                                                           \
  FIVE PIXEL("r8", "8")                                                 \
  TAP("5", "r9", "r10", "r11", "r8") PIXEL("r9", "9")                   \
  TAP("6", "r10", "r11", "r8", "r9")

/* Every second pixel: even taps, then odd ones. */
#define EVEN_OF_FIVE                                                    \
  FIRST_FOUR("0", "2", "4", "6")                                        \
  TAP("0", "r8", "r9", "r10", "r11") PIXEL("r8", "8")                   \
  TAP("2", "r9", "r10", "r11", "r8") PIXEL("r9", "10")                  \
  TAP("4", "r10", "r11", "r8", "r9")
#define ODD_OF_FIVE                                                     \
  FIRST_FOUR("1", "3", "5", "7")                                        \
  TAP("1", "r8", "r9", "r10", "r11") PIXEL("r8", "9")                   \
  TAP("3", "r9", "r10", "r11", "r8")
#define FIVE_OF_TWO EVEN_OF_FIVE ODD_OF_FIVE
#define SEVEN_OF_TWO                                                    \
  EVEN_OF_FIVE PIXEL("r10", "12")                                       \
  TAP("6", "r11", "r8", "r9", "r10")                                    \
  ODD_OF_FIVE PIXEL("r9", "11")                                         \
  TAP("5", "r10", "r11", "r8", "r9")

#define FOUR_SUMS(name, rows, row)                                                                         \
  static __attribute__((naked, noinline)) void name(const channel_windows *windows __attribute__((unused)), \
                                                    const int8_t *x __attribute__((unused)),           \
                                                    const int32_t *weights __attribute__((unused)),    \
                                                    int32_t *sums __attribute__((unused))) {           \
    __asm volatile(                                                                                    \
        "push {r3-r11, lr}\n"                                                                          \
        "ldrd r4, lr, [r0]\n"                                                                          \
        "mov r5, r4\n"                                                                                 \
        "mov r6, r4\n"                                                                                 \
        "mov r7, r4\n"                                                                                 \
        "mov r12, #" rows "\n"                                                                         \
        "1:\n" row                                                                                     \
        "add r2, r2, #4*" rows "\n"                                                                    \
        "add r1, r1, lr\n"                                                                             \
        "subs r12, r12, #1\n"                                                                          \
        "bne 1b\n"                                                                                     \
        "ldr r3, [sp]\n"                                                                               \
        "stm r3, {r4-r7}\n"                                                                            \
        "pop {r3-r11, pc}\n");                                                                         \
  }

static void narrow_sums(const channel_windows *w, const int32_t *sums, int32_t count, int8_t *output, int32_t step) {
  for (const int32_t *const end = sums + count; sums != end; output += step) {
    *output = tinyml_pair_narrow(*sums++, w->scale[0], w->scale[1], w->zero_point);
  }
}
