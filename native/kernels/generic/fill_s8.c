#include <string.h>

#include "../tinyml_kernels.h"

void tinyml_fill_s8(const tinyml_fill_s8_params *params, int8_t *output, void *scratch) {
  (void)scratch;
  memset(output, (int)params->value, (size_t)params->size);
}
