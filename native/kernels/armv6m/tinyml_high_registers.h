/* High registers, which functions in assembly keep sums in. */
#ifndef TINYML_HIGH_REGISTERS_H
#define TINYML_HIGH_REGISTERS_H

/* On the stack, when r4-r7 are there. */
#define TINYML_SAVE_HIGH "mov r4, r8\nmov r5, r9\nmov r6, r10\nmov r7, r11\npush {r4-r7}\n"

#define TINYML_RESTORE_HIGH "pop {r4-r7}\nmov r8, r4\nmov r9, r5\nmov r10, r6\nmov r11, r7\n"

/* The sums of r8-r11, at a register of an address, by way of r4-r7. */
#define TINYML_STORE_HIGH(at) "mov r4, r8\nmov r5, r9\nmov r6, r10\nmov r7, r11\nstmia " at "!, {r4-r7}\n"

/* Four copies of a register. */
#define TINYML_COPY_HIGH(from) "mov r8, " from "\nmov r9, " from "\nmov r10, " from "\nmov r11, " from "\n"

#endif
