#define TINYML_REDUCTIONS tinyml_reductions_generic
#include "reduction_loops.h"

#include "../engine/isa.h"

const tinyml_reductions *tinyml_best_reductions(void) {
#if defined(__x86_64__)
  if (tinyml_isa_native() >= TINYML_ISA_AVX2) return &tinyml_reductions_avx2;
#endif
  return &tinyml_reductions_generic;
}
