/* The strided copy of a box, for elements of any size. */
#ifndef TINYML_COPY_H
#define TINYML_COPY_H

#include <string.h>

#include "../tinyml_kernels.h"

/* `bytes`: of an element, a constant. Both tensors are seen as bytes. */
static inline void tinyml_copy_box(const tinyml_copy_s8_params *params, const void *input, void *output,
                                   int32_t bytes) {
  const tinyml_copy_s8_params p = *params;
  const int32_t contiguous = p.in_stride3 == 1 && p.out_stride3 == 1;
  const char *x = input;
  char *y = output;
  for (int32_t a = 0; a < p.size0; a++) {
    for (int32_t b = 0; b < p.size1; b++) {
      for (int32_t c = 0; c < p.size2; c++) {
        const char *from = x + (p.in_offset + a * p.in_stride0 + b * p.in_stride1 + c * p.in_stride2) * bytes;
        char *to = y + (p.out_offset + a * p.out_stride0 + b * p.out_stride1 + c * p.out_stride2) * bytes;
        if (contiguous) {
          memcpy(to, from, (size_t)(p.size3 * bytes));
        } else {
          for (int32_t d = 0; d < p.size3; d++) {
            memcpy(to + d * p.out_stride3 * bytes, from + d * p.in_stride3 * bytes, (size_t)bytes);
          }
        }
      }
    }
  }
}

#endif
