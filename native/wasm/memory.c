/*
 * The functions of the C library that the engine uses, on the memory of a WebAssembly module.
 *
 * A module holds one engine and dies with it, so blocks are laid one after another, and only the last one can be given
 * back: that is enough for the scratch of a run. The memory grows to what the linker was told (--max-memory).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 65536, ALIGNMENT = 64 };

/* Where the linker's data and stack end. */
extern uint8_t __heap_base;

static uintptr_t end, last;

void *aligned_alloc(size_t alignment, size_t bytes) {
  if (alignment > ALIGNMENT) return NULL;
  const uint64_t from = end == 0 ? (uintptr_t)&__heap_base : end;
  const uint64_t start = (from + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  const uint64_t stop = start + bytes;
  if (stop > SIZE_MAX) return NULL;
  const uint64_t have = (uint64_t)__builtin_wasm_memory_size(0) * PAGE;
  if (stop > have && __builtin_wasm_memory_grow(0, (size_t)((stop - have + PAGE - 1) / PAGE)) == SIZE_MAX) return NULL;
  last = (uintptr_t)start;
  end = (uintptr_t)stop;
  return (void *)last;
}

void *calloc(size_t count, size_t bytes) {
  size_t all;
  if (__builtin_mul_overflow(count, bytes, &all)) return NULL;
  void *block = aligned_alloc(ALIGNMENT, all);
  return block == NULL ? NULL : memset(block, 0, all);
}

void free(void *block) {
  if (block != NULL && (uintptr_t)block == last) end = last;
}

/* These become instructions (-mbulk-memory), not calls of themselves. */
void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  return __builtin_memcpy(to, from, bytes);
}

void *memmove(void *to, const void *from, size_t bytes) {
  return __builtin_memmove(to, from, bytes);
}

void *memset(void *to, int value, size_t bytes) {
  return __builtin_memset(to, value, bytes);
}
