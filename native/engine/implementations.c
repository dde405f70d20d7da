#include "implementations.h"

#include "../kernels/generated/calls.h"

/* The implementations for instruction sets beyond the generic one, in their order. */
#define DECLARE(name, isa) extern const tinyml_functions tinyml_##name##_##isa;
#if defined(__x86_64__)
#define DECLARE_SIMD(name) DECLARE(name, avx2) DECLARE(name, avx512vnni)
#define SIMD(name) &tinyml_##name##_avx2, &tinyml_##name##_avx512vnni
#define DECLARE_SIMD_F32(name) DECLARE_SIMD(name)
#define SIMD_F32(name) SIMD(name)
#elif defined(__aarch64__)
#define DECLARE_SIMD(name) DECLARE(name, neon) DECLARE(name, dotprod)
#define SIMD(name) &tinyml_##name##_neon, &tinyml_##name##_dotprod
#define DECLARE_SIMD_F32(name) DECLARE(name, neon)
#define SIMD_F32(name) &tinyml_##name##_neon
#elif defined(__wasm_simd128__)
#define DECLARE_SIMD(name) DECLARE(name, simd128)
#define SIMD(name) &tinyml_##name##_simd128
#define DECLARE_SIMD_F32(name) DECLARE_SIMD(name)
#define SIMD_F32(name) SIMD(name)
#else
#define DECLARE_SIMD(name)
#define SIMD(name) NULL
#define DECLARE_SIMD_F32(name)
#define SIMD_F32(name) NULL
#endif

/* `table`, by kernel and instruction set. A generic implementation supports all parameters. */
#include "generated/implementations.h"

tinyml_implementation tinyml_choose(tinyml_kernel kernel, const void *params, tinyml_isa isa) {
  for (tinyml_isa i = isa; i > TINYML_ISA_GENERIC; i = (tinyml_isa)(i - 1)) {
    const tinyml_functions *functions = table[kernel][i];
    if (functions == NULL) continue;
    if (functions->supports == NULL || functions->supports(params)) return (tinyml_implementation){functions, i};
  }
  return (tinyml_implementation){table[kernel][TINYML_ISA_GENERIC], TINYML_ISA_GENERIC};
}
