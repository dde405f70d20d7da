/* Reductions of `size` numbers that lie `stride` apart, in their order: src/program/kernels/reduce-f32.ts has the same. Of
 * single numbers, or of vectors of neighbours, as tinyml_elementary.h. */
#ifndef TINYML_REDUCE_H
#define TINYML_REDUCE_H

#include "tinyml_elementary.h"

#define TINYML_OVER(size, first, step)                 \
  {                                                    \
    tinyml_x total = first;                            \
    for (int32_t i = 0; i < (size); i++) {             \
      const tinyml_x x = AT(i);                        \
      total = step;                                    \
    }                                                  \
    return total;                                      \
  }

#define AT(i) tinyml_x_load(from + (i) * stride, count)
#define TINYML_DEFINE_REDUCTION(name) \
  static inline tinyml_x tinyml_reduce_##name(const float *from, int32_t size, int32_t stride, int32_t count)

TINYML_DEFINE_REDUCTION(sum) TINYML_OVER(size, tinyml_x_of(0.0f), total + x)

TINYML_DEFINE_REDUCTION(max) TINYML_OVER(size, AT(0), TINYML_CHOOSE((x > total) | (x != x), x, total))

TINYML_DEFINE_REDUCTION(min) TINYML_OVER(size, AT(0), TINYML_CHOOSE((x < total) | (x != x), x, total))

TINYML_DEFINE_REDUCTION(product) TINYML_OVER(size, tinyml_x_of(1.0f), total * x)

TINYML_DEFINE_REDUCTION(magnitudes) TINYML_OVER(size, tinyml_x_of(0.0f), total + tinyml_x_size(x))

TINYML_DEFINE_REDUCTION(squares) TINYML_OVER(size, tinyml_x_of(0.0f), tinyml_x_fma(x, x, total))

TINYML_DEFINE_REDUCTION(log_of_sum_of_exp) {
  const tinyml_x most = tinyml_reduce_max(from, size, stride, count);
  tinyml_x total = tinyml_x_of(0.0f);
  for (int32_t i = 0; i < size; i++) total = total + tinyml_exp_f32(AT(i) - most);
  return TINYML_CHOOSE(tinyml_x_size(most) < tinyml_x_of(INFINITY), most + tinyml_log_f32(total), most);
}

#undef AT

static inline tinyml_x tinyml_reduce(int32_t operation, const float *from, int32_t size, int32_t stride,
                                     int32_t count) {
  switch (operation) {
    case 0:
      return tinyml_reduce_sum(from, size, stride, count);
    case 1:
      return tinyml_reduce_sum(from, size, stride, count) / tinyml_x_of((float)size);
    case 2:
      return tinyml_reduce_max(from, size, stride, count);
    case 3:
      return tinyml_reduce_min(from, size, stride, count);
    case 4:
      return tinyml_reduce_product(from, size, stride, count);
    case 5:
      return tinyml_reduce_magnitudes(from, size, stride, count);
    case 6:
      return tinyml_reduce_squares(from, size, stride, count);
    case 7:
      return tinyml_x_root(tinyml_reduce_squares(from, size, stride, count));
    case 8:
      return tinyml_log_f32(tinyml_reduce_sum(from, size, stride, count));
    default:
      return tinyml_reduce_log_of_sum_of_exp(from, size, stride, count);
  }
}

#endif
