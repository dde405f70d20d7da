/* The part of the C library's header that the kernels use. */
#ifndef TINYML_WASM_MATH_H
#define TINYML_WASM_MATH_H

#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define fabs __builtin_fabs
#define fabsf __builtin_fabsf
#define sqrt __builtin_sqrt
#define sqrtf __builtin_sqrtf

#endif
