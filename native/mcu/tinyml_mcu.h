/*
 * Support for programs on emulated Arm boards (QEMU): output, exit and host files through semihosting, and the cost of a
 * call. A starting point for own boards too, where semihosting needs a debugger and costs come from the DWT instead.
 */
#ifndef TINYML_MCU_H
#define TINYML_MCU_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes a text to the console of the host (the standard error of QEMU). */
void tinyml_mcu_write(const char *text);

/* Ends the program: QEMU exits with `status`. Returning from main does the same; a fault exits with 70. */
#if defined(__GNUC__)
__attribute__((noreturn))
#endif
void tinyml_mcu_exit(int status);

/* Reads the whole of a file of the host into `buffer`. Returns its size, or -1 if it cannot be read or is larger. */
int32_t tinyml_mcu_read_file(const char *path, void *buffer, uint32_t capacity);

/* Reads so many bytes of a file of the host from an offset on. Returns 0, or -1 if it does not hold them. */
int32_t tinyml_mcu_read_part(const char *path, uint32_t offset, void *buffer, uint32_t bytes);

/* Creates or replaces a file of the host. Returns 0, or -1 if it cannot be written. */
int32_t tinyml_mcu_write_file(const char *path, const void *data, uint32_t bytes);

typedef struct {
  /* Executed by the call, its return included. 0: the clock does not count instructions (see measure.c). */
  uint32_t instructions;
  /* Most stack that the call used; up to 64 KiB are seen. */
  uint32_t stack_bytes;
} tinyml_mcu_cost;

/* Calls `function` and measures it. */
void tinyml_mcu_measure(void (*function)(void), tinyml_mcu_cost *cost);

/*
 * Within a call that is measured: instructions since this function was called last, or since the call began, to within some tens.
 * Reports and whatever else lies between two calls of it is left out by calling it twice. 0: the clock does not count them.
 */
uint32_t tinyml_mcu_lap(void);

/* Within a call that is measured: what runs between the two is no part of it, nor of a lap. */
void tinyml_mcu_pause(void);
void tinyml_mcu_resume(void);

#ifdef __cplusplus
}
#endif

#endif
