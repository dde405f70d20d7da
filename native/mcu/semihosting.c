/* Semihosting calls (Arm IHI 0070, "Semihosting for AArch32 and AArch64"). */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tinyml_mcu.h"

enum {
  SYS_OPEN = 0x01,
  SYS_CLOSE = 0x02,
  SYS_WRITE0 = 0x04,
  SYS_WRITE = 0x05,
  SYS_READ = 0x06,
  SYS_SEEK = 0x0a,
  SYS_FLEN = 0x0c,
  SYS_EXIT_EXTENDED = 0x20,
  APPLICATION_EXIT = 0x20026,
  MODE_READ_BINARY = 1,
  MODE_WRITE_BINARY = 5,
};

static int32_t call(uint32_t operation, uintptr_t argument) {
  register uint32_t r0 __asm("r0") = operation;
  register uintptr_t r1 __asm("r1") = argument;
  __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return (int32_t)r0;
}

void tinyml_mcu_write(const char *text) {
  call(SYS_WRITE0, (uintptr_t)text);
}

void tinyml_mcu_exit(int status) {
  const uint32_t block[2] = {APPLICATION_EXIT, (uint32_t)status};
  for (;;) call(SYS_EXIT_EXTENDED, (uintptr_t)block);
}

static int32_t open(const char *path, uint32_t mode) {
  const uintptr_t block[3] = {(uintptr_t)path, mode, strlen(path)};
  return call(SYS_OPEN, (uintptr_t)block);
}

static void close(int32_t file) {
  call(SYS_CLOSE, (uintptr_t)&file);
}

int32_t tinyml_mcu_read_file(const char *path, void *buffer, uint32_t capacity) {
  const int32_t file = open(path, MODE_READ_BINARY);
  if (file == -1) return -1;
  int32_t bytes = call(SYS_FLEN, (uintptr_t)&file);
  if (bytes < 0 || (uint32_t)bytes > capacity) {
    bytes = -1;
  } else {
    const uintptr_t block[3] = {(uintptr_t)file, (uintptr_t)buffer, (uintptr_t)bytes};
    if (call(SYS_READ, (uintptr_t)block) != 0) bytes = -1; /* the number of bytes not read */
  }
  close(file);
  return bytes;
}

int32_t tinyml_mcu_read_part(const char *path, uint32_t offset, void *buffer, uint32_t bytes) {
  const int32_t file = open(path, MODE_READ_BINARY);
  if (file == -1) return -1;
  const uintptr_t place[2] = {(uintptr_t)file, offset};
  const uintptr_t block[3] = {(uintptr_t)file, (uintptr_t)buffer, bytes};
  const int32_t left = call(SYS_SEEK, (uintptr_t)place) == 0 ? call(SYS_READ, (uintptr_t)block) : -1;
  close(file);
  return left == 0 ? 0 : -1;
}

int32_t tinyml_mcu_write_file(const char *path, const void *data, uint32_t bytes) {
  const int32_t file = open(path, MODE_WRITE_BINARY);
  if (file == -1) return -1;
  const uintptr_t block[3] = {(uintptr_t)file, (uintptr_t)data, bytes};
  const int32_t left = call(SYS_WRITE, (uintptr_t)block);
  close(file);
  return left == 0 ? 0 : -1;
}
