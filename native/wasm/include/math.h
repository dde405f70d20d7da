/* The part of the C library's header that the kernels use. */
#ifndef TINYML_WASM_MATH_H
#define TINYML_WASM_MATH_H

#define INFINITY __builtin_inff()

#endif
