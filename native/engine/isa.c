#include "isa.h"

tinyml_isa tinyml_isa_native(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return TINYML_ISA_GENERIC;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")) {
    return TINYML_ISA_AVX512VNNI;
  }
  return TINYML_ISA_AVX2;
#else
  return TINYML_ISA_GENERIC;
#endif
}

const char *tinyml_isa_name(tinyml_isa isa) {
  static const char *const names[TINYML_ISAS] = {"generic", "avx2", "avx512vnni"};
  return (unsigned)isa < TINYML_ISAS ? names[isa] : "unknown";
}
