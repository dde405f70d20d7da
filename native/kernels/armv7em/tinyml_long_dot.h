/* tinyml_long_dot with the DSP instructions of ARMv7E-M and ARMv8-M: two products at once. Included by
 * generic/tinyml_long_dot.h. */
#include <string.h>

/* The sum, [low, high], and two products. */
static inline void tinyml_add_two(uint32_t *sum, const int16_t *x, const int16_t *w) {
  uint32_t a, b;
  memcpy(&a, x, sizeof(a));
  memcpy(&b, w, sizeof(b));
  __asm("smlald %0, %1, %2, %3" : "+r"(sum[0]), "+r"(sum[1]) : "r"(a), "r"(b));
}

static inline int64_t tinyml_long_dot(const int16_t *x, const int16_t *w, int32_t count) {
  uint32_t sum[2] = {0, 0};
  const int16_t *const stop = x + count, *const whole = stop - 3;
  for (; x < whole; x += 4, w += 4) {
    tinyml_add_two(sum, x, w);
    tinyml_add_two(sum, x + 2, w + 2);
  }
  int64_t total = (int64_t)((uint64_t)sum[1] << 32 | sum[0]);
  while (x != stop) total += (int32_t)*x++ * *w++;
  return total;
}
