/* Rows by number, whatever they hold. */
#ifndef TINYML_GATHER_H
#define TINYML_GATHER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tinyml_fixed_point.h"

/* output[o][i] = input[o][indices[i]], rows of `bytes`. */
static inline void tinyml_gather_rows(const char *input, const int32_t *indices, char *output, int32_t outer,
                                      int32_t size, int32_t count, size_t bytes) {
  for (int32_t o = 0; o < outer; o++, input += (size_t)size * bytes) {
    for (int32_t i = 0; i < count; i++, output += bytes) {
      const int32_t index = indices[i];
      const int32_t row = tinyml_clamp(index < 0 ? index + size : index, 0, size - 1);
      memcpy(output, input + (size_t)row * bytes, bytes);
    }
  }
}

#endif
