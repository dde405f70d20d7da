#include "tinyml_max_pool2d_rows.h"
#include "tinyml_facts.h"

void tinyml_max_pool2d_s8(const tinyml_max_pool2d_s8_params *params, const int8_t *input, int8_t *output,
                          void *scratch) {
  TINYML_FACTS(max_pool2d_s8, params);
  const tinyml_tile whole = {0, 0, params->batch * params->out_h, params->out_w};
  (void)scratch;
  tinyml_max_pool2d_rows(params, whole, input, output);
}
