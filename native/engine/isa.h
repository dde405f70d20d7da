/* Instruction sets that kernels are written for: those of the architecture, each including those before it. */
#ifndef TINYML_ISA_H
#define TINYML_ISA_H

typedef enum {
  TINYML_ISA_GENERIC, /* C11 and nothing else */
#if defined(__x86_64__)
  TINYML_ISA_AVX2,       /* AVX2 and FMA */
  TINYML_ISA_AVX512VNNI, /* AVX-512 F, BW, DQ, VL and VNNI */
#elif defined(__aarch64__)
  TINYML_ISA_NEON,    /* Armv8.0 */
  TINYML_ISA_DOTPROD, /* Armv8.2 with SDOT */
#elif defined(__wasm_simd128__)
  TINYML_ISA_SIMD128,
#endif
  TINYML_ISAS
} tinyml_isa;

/* The best that this processor and its operating system offer. */
tinyml_isa tinyml_isa_native(void);

/* "generic", "avx2", "avx512vnni", "neon", "dotprod" or "simd128". */
const char *tinyml_isa_name(tinyml_isa isa);

#endif
