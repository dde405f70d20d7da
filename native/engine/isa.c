#include "isa.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

tinyml_isa tinyml_isa_native(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return TINYML_ISA_GENERIC;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")) {
    return TINYML_ISA_AVX512VNNI;
  }
  return TINYML_ISA_AVX2;
#elif defined(__aarch64__) && defined(__APPLE__)
  return TINYML_ISA_DOTPROD; /* every Apple processor that runs macOS has it */
#elif defined(__aarch64__) && defined(__linux__)
  const unsigned long asimddp = 1ul << 20; /* HWCAP_ASIMDDP, which old headers do not name */
  return (getauxval(AT_HWCAP) & asimddp) != 0 ? TINYML_ISA_DOTPROD : TINYML_ISA_NEON;
#elif defined(__aarch64__)
  return TINYML_ISA_NEON;
#else
  return (tinyml_isa)(TINYML_ISAS - 1); /* a WebAssembly module with vectors only loads where there are vectors */
#endif
}

const char *tinyml_isa_name(tinyml_isa isa) {
  static const char *const names[TINYML_ISAS] = {
      [TINYML_ISA_GENERIC] = "generic",
#if defined(__x86_64__)
      [TINYML_ISA_AVX2] = "avx2",
      [TINYML_ISA_AVX512VNNI] = "avx512vnni",
#elif defined(__aarch64__)
      [TINYML_ISA_NEON] = "neon",
      [TINYML_ISA_DOTPROD] = "dotprod",
#elif defined(__wasm_simd128__)
      [TINYML_ISA_SIMD128] = "simd128",
#endif
  };
  return (unsigned)isa < TINYML_ISAS ? names[isa] : "unknown";
}
