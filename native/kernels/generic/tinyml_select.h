/* Defines output = condition != 0 ? input1 : input2 over a box, for elements of one type. */
#ifndef TINYML_SELECT_H
#define TINYML_SELECT_H

#include "../tinyml_kernels.h"

/* Where a line of an operand begins. */
#define TINYML_LINE(name) \
  (p.name##_offset + i * p.name##_stride0 + j * p.name##_stride1 + k * p.name##_stride2)

#define TINYML_SELECT(suffix, type)                                                                            \
  void tinyml_select_##suffix(const tinyml_select_##suffix##_params *params, const int8_t *condition,          \
                              const type *input1, const type *input2, type *output, void *scratch) {           \
    const tinyml_select_##suffix##_params p = *params;                                                         \
    (void)scratch;                                                                                             \
    for (int32_t i = 0; i < p.size0; i++) {                                                                    \
      for (int32_t j = 0; j < p.size1; j++) {                                                                  \
        for (int32_t k = 0; k < p.size2; k++) {                                                                \
          const int8_t *c = condition + TINYML_LINE(condition);                                                \
          const type *x1 = input1 + TINYML_LINE(input1), *x2 = input2 + TINYML_LINE(input2);                   \
          for (int32_t d = 0; d < p.size3; d++) {                                                              \
            *output++ = *c != 0 ? *x1 : *x2;                                                                   \
            c += p.condition_stride3;                                                                          \
            x1 += p.input1_stride3;                                                                            \
            x2 += p.input2_stride3;                                                                            \
          }                                                                                                    \
        }                                                                                                      \
      }                                                                                                        \
    }                                                                                                          \
  }

#endif
