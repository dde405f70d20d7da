#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"
#include "tinyml_reciprocal.h"

void tinyml_sqrt_s16(const tinyml_sqrt_s16_params *params, const int16_t *input, int16_t *output, void *scratch) {
  const int32_t size = params->size, multiplier = params->multiplier, right = 31 - params->shift;
  (void)scratch;
  for (int32_t i = 0; i < size; i++) {
    const uint64_t square = input[i] > 0 ? (uint64_t)input[i] * (uint32_t)multiplier : 0;
    uint64_t root = 0;
    if (square != 0) {
      /* 63 or 64 bits, of which a root has 32: whichever leaves whole bits of its own to shift, 9 to 62. */
      const int32_t zeros = tinyml_leading_zeros_wide(square), left = zeros - ((zeros + right) & 1);
      const int32_t places = (left + right) >> 1;
      root = (tinyml_root_of(square << left) + (UINT64_C(1) << (places - 1))) >> places;
    }
    output[i] = (int16_t)(root < INT16_MAX ? root : INT16_MAX);
  }
}
