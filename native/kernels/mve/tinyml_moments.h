/* tinyml_moments_of with the vector instructions of ARMv8.1-M (MVE, Helium). Included by generic/tinyml_moments.h. */
#include <arm_mve.h>

static inline tinyml_moments tinyml_moments_of(const int8_t *x, int32_t count) {
  int32_t sum = 0, squares = 0;
  for (; count > 0; count -= 16, x += 16) {
    const int8x16_t values = vldrbq_z_s8(x, vctp8q((uint32_t)count));
    sum = vaddvaq_s8(sum, values);
    squares = vmladavaq_s8(squares, values, values);
  }
  return (tinyml_moments){(uint32_t)sum, (uint32_t)squares};
}
