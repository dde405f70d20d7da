/* Planes of bytes with the instructions of ARMv7-M. */
#ifndef TINYML_LAY_OUT_PLANES_H
#define TINYML_LAY_OUT_PLANES_H

#include "../generic/tinyml_byte_planes.h"

/* What codes are greater by in planes. */
enum { MORE = 0 };

static __attribute__((naked, noinline)) void lay_out(const tinyml_pixel_rows *rows __attribute__((unused))) {
  __asm volatile(
      "push {r4-r10, lr}\n"
      "ldm r0, {r0-r3, r7-r10}\n"
      "add r12, r3, r3, lsl #1\n"
      "2:\n"
      "mov r5, r10\n"
      "1:\n"
      "ldr r4, [r0]\n"
      "add r0, r0, r1\n"
      "lsrs r6, r4, #8\n"
      "strb r6, [r2, r3]\n"
      "lsrs r6, r4, #16\n"
      "strb r6, [r2, r3, lsl #1]\n"
      "lsrs r6, r4, #24\n"
      "strb r6, [r2, r12]\n"
      "strb r4, [r2], #1\n"
      "subs r5, r5, #1\n"
      "bne 1b\n"
      "add r0, r0, r7\n"
      "add r2, r2, r8\n"
      "subs r9, r9, #1\n"
      "bne 2b\n"
      "pop {r4-r10, pc}\n");
}

#endif
