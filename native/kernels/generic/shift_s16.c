#include "../tinyml_kernels.h"

/* Bytes move as they are. */
void tinyml_shift_s16(const tinyml_shift_s16_params *params, int16_t *buffer, void *scratch) {
  const tinyml_shift_s8_params bytes = {.from = 2 * params->from, .size = 2 * params->size};
  tinyml_shift_s8(&bytes, (int8_t *)buffer, scratch);
}
