#include "kernels.h"

#include <stddef.h>

#include "rules.h"

tinyml_engine_code tinyml_check(const tinyml_kernel_facts *facts, const int32_t *params, const int64_t *sizes,
                                tinyml_needs *needs) {
  for (int32_t i = 0; i < facts->params; i++) {
    if (params[i] < facts->ranges[i].least || params[i] > facts->ranges[i].most) return TINYML_ENGINE_PARAMETER;
  }
  int64_t elements[TINYML_MAX_OPERANDS];
  for (int32_t k = 0; k < facts->operand_count; k++) elements[k] = sizes[k] / facts->operands[k].bytes;
  if (facts->rule != NULL && !facts->rule(params, elements)) return TINYML_ENGINE_PARAMETER;
  facts->needs(params, needs);
  for (int32_t k = 0; k < facts->operand_count; k++) {
    const int64_t needed = needs->operands[k];
    needs->operands[k] = needed == TINYML_ALL ? sizes[k] : tinyml_times(facts->operands[k].bytes, needed);
  }
  return TINYML_ENGINE_OK;
}
