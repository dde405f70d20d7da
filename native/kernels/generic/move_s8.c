#include "../tinyml_kernels.h"
#include "tinyml_sixteen_bytes.h"

/* Cores that load words from multiples of four only take bytes. */
#if !defined(__arm__) || defined(__ARM_FEATURE_UNALIGNED)
enum { SIXTEENS = ~15 };
#else
enum { SIXTEENS = 0 };
#endif

void tinyml_move_s8(const tinyml_move_s8_params *params, const int8_t *input, int8_t *output, void *scratch) {
  (void)scratch;
  const int32_t size = params->size, end = size & SIXTEENS;
  if ((uintptr_t)output <= (uintptr_t)input) {
    for (int32_t i = 0; i < end; i += 16) tinyml_move_sixteen(output + i, input + i);
    for (int32_t i = end; i < size; i++) output[i] = input[i];
  } else {
    for (int32_t i = size; i > end; i--) output[i - 1] = input[i - 1];
    for (int32_t i = end; i > 0; i -= 16) tinyml_move_sixteen(output + i - 16, input + i - 16);
  }
}
