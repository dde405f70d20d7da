/* What the kernels of this folder and of ../simd-f32 are written in. A file that is compiled for an instruction set
 * includes its vec_*.h, then one kernel. */
#ifndef TINYML_SIMD_WORDS_H
#define TINYML_SIMD_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../tinyml_functions.h"

#define TINYML_INLINE static inline __attribute__((always_inline))

/* Loops over registers have constant counts and must become straight code. */
#if defined(__clang__)
#define TINYML_UNROLL _Pragma("clang loop unroll(full)")
#else
#define TINYML_UNROLL _Pragma("GCC unroll 32")
#endif

#endif
