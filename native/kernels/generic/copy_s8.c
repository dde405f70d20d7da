#include <string.h>

#include "../tinyml_kernels.h"

void tinyml_copy_s8(const tinyml_copy_s8_params *params, const int8_t *input, int8_t *output, void *scratch) {
  const tinyml_copy_s8_params p = *params;
  const int32_t contiguous = p.in_stride3 == 1 && p.out_stride3 == 1;
  (void)scratch;
  for (int32_t a = 0; a < p.size0; a++) {
    for (int32_t b = 0; b < p.size1; b++) {
      for (int32_t c = 0; c < p.size2; c++) {
        const int8_t *from = input + p.in_offset + a * p.in_stride0 + b * p.in_stride1 + c * p.in_stride2;
        int8_t *to = output + p.out_offset + a * p.out_stride0 + b * p.out_stride1 + c * p.out_stride2;
        if (contiguous) {
          memcpy(to, from, (size_t)p.size3);
        } else {
          for (int32_t d = 0; d < p.size3; d++) to[d * p.out_stride3] = from[d * p.in_stride3];
        }
      }
    }
  }
}
