/* tinyml_long_dot with the vector instructions of ARMv8.1-M (MVE, Helium). Included by generic/tinyml_long_dot.h. */
#include <arm_mve.h>

static inline int64_t tinyml_long_dot(const int16_t *x, const int16_t *w, int32_t count) {
  int64_t sum = 0;
  for (; count > 0; count -= 8, x += 8, w += 8) {
    const mve_pred16_t present = vctp16q((uint32_t)count);
    sum = vmlaldavaq_s16(sum, vldrhq_z_s16(x, present), vldrhq_z_s16(w, present));
  }
  return sum;
}
