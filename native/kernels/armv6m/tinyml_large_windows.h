/* Sums of four windows of 5x5 and 7x7 with the instructions of ARMv6-M. Included by
 * generic/tinyml_large_windows.h. */
#include "tinyml_lay_out_planes.h"
#include "tinyml_high_registers.h"
#include "tinyml_narrow.h"

#define PRODUCT(i, sum) "ldrb r5, [r1, #" i "]\nmuls r5, r4, r5\nadd " sum ", r5\n"
#define TAP(a, b, c, d) "ldmia r2!, {r4}\n" PRODUCT(a, "r8") PRODUCT(b, "r9") PRODUCT(c, "r10") PRODUCT(d, "r11")

#define FIVE TAP("0", "1", "2", "3") TAP("1", "2", "3", "4") TAP("2", "3", "4", "5") TAP("3", "4", "5", "6") TAP("4", "5", "6", "7")
#define SEVEN FIVE TAP("5", "6", "7", "8") TAP("6", "7", "8", "9")
#define FIVE_OF_TWO TAP("0", "2", "4", "6") TAP("1", "3", "5", "7") TAP("2", "4", "6", "8") TAP("3", "5", "7", "9") TAP("4", "6", "8", "10")
#define SEVEN_OF_TWO FIVE_OF_TWO TAP("5", "7", "9", "11") TAP("6", "8", "10", "12")

#define FOUR_SUMS(name, rows, row)                                                                         \
  static __attribute__((naked, noinline)) void name(const channel_windows *windows __attribute__((unused)), \
                                                    const int8_t *x __attribute__((unused)),           \
                                                    const int32_t *weights __attribute__((unused)),    \
                                                    int32_t *sums __attribute__((unused))) {           \
    __asm volatile(                                                                                    \
        ".syntax unified\n"                                                                            \
        "push {r3-r7, lr}\n"                                                                           \
        TINYML_SAVE_HIGH                                                                               \
        "ldmia r0!, {r4, r7}\n"                                                                        \
        TINYML_COPY_HIGH("r4")                                                                         \
        "movs r6, #" rows "\n"                                                                         \
        "1:\n" row                                                                                     \
        "adds r1, r1, r7\n"                                                                            \
        "subs r6, r6, #1\n"                                                                            \
        "bne 1b\n"                                                                                     \
        "ldr r0, [sp, #16]\n"                                                                          \
        TINYML_STORE_HIGH("r0")                                                                        \
        TINYML_RESTORE_HIGH                                                                            \
        "pop {r3-r7, pc}\n");                                                                          \
  }

static void narrow_sums(const channel_windows *w, const int32_t *sums, int32_t count, int8_t *output, int32_t step) {
  tinyml_narrow_sums(sums, count, w->scale, w->zero_point, output, step);
}
