/* The part of the C library's header that the engine uses. */
#ifndef TINYML_WASM_STDLIB_H
#define TINYML_WASM_STDLIB_H

#include <stddef.h>

void *aligned_alloc(size_t alignment, size_t bytes);
void *calloc(size_t count, size_t bytes);
void free(void *block);

#endif
