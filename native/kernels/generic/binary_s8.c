#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

enum { ADD, MULTIPLY, MAXIMUM, MINIMUM, PRELU, LESS, LESS_OR_EQUAL, EQUAL, NOT_EQUAL };

/* The innermost axis, with one function: the choice stands outside of the loop. */
#define LINE(function)                                                                                   \
  for (int32_t d = 0; d < p.size3; d++, x1 += p.input1_stride3, x2 += p.input2_stride3) {                \
    const int32_t a = table1[*x1 + 128], b = table2[*x2 + 128];                                          \
    const int32_t value = tinyml_requantize((function), p.output_multiplier, p.output_shift);            \
    *output++ = tinyml_output_s8(value, p.output_offset, p.act_min, p.act_max);                          \
  }

void tinyml_binary_s8(const tinyml_binary_s8_params *params, const int8_t *input1, const int8_t *input2,
                      const int32_t *table1, const int32_t *table2, int8_t *output, void *scratch) {
  const tinyml_binary_s8_params p = *params;
  (void)scratch;
  for (int32_t i = 0; i < p.size0; i++) {
    for (int32_t j = 0; j < p.size1; j++) {
      for (int32_t k = 0; k < p.size2; k++) {
        const int8_t *x1 = input1 + (p.input1_offset + i * p.input1_stride0 + j * p.input1_stride1 + k * p.input1_stride2);
        const int8_t *x2 = input2 + (p.input2_offset + i * p.input2_stride0 + j * p.input2_stride1 + k * p.input2_stride2);
        switch (p.operation) {
          case ADD: LINE((int32_t)((uint32_t)a + (uint32_t)b)) break;
          case MULTIPLY: LINE((int32_t)((uint32_t)a * (uint32_t)b)) break;
          case MAXIMUM: LINE(a > b ? a : b) break;
          case MINIMUM: LINE(a < b ? a : b) break;
          case PRELU: LINE((int32_t)((uint32_t)a * (uint32_t)(a >= 0 ? p.unit : b))) break;
          case LESS: LINE(a < b) break;
          case LESS_OR_EQUAL: LINE(a <= b) break;
          case EQUAL: LINE(a == b) break;
          case NOT_EQUAL: LINE(a != b) break;
          default: LINE(b == 0 || b == -1 ? 0 : a % b) break;
        }
      }
    }
  }
}
