#include "tinyml_mul_run.h"

void tinyml_mul_s8(const tinyml_mul_s8_params *params, const int8_t *input1, const int8_t *input2, int8_t *output,
                   void *scratch) {
  (void)scratch;
  tinyml_mul_run(params, 0, params->outer, input1, input2, output);
}
