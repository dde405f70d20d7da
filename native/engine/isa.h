/* Instruction sets that kernels are written for, each including those before it. */
#ifndef TINYML_ISA_H
#define TINYML_ISA_H

typedef enum {
  TINYML_ISA_GENERIC,    /* C11 and nothing else */
  TINYML_ISA_AVX2,       /* x86-64: AVX2 and FMA */
  TINYML_ISA_AVX512VNNI, /* x86-64: AVX-512 F, BW, DQ, VL and VNNI */
  TINYML_ISAS
} tinyml_isa;

/* The best that this processor and its operating system offer. */
tinyml_isa tinyml_isa_native(void);

/* "generic", "avx2", "avx512vnni". */
const char *tinyml_isa_name(tinyml_isa isa);

#endif
