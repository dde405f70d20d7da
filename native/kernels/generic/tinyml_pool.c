#include "tinyml_pool.h"

#if defined(__ARM_FEATURE_MVE)
#include "../mve/tinyml_pool.c"
#elif defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#include "../armv7em/tinyml_pool.c"
#else
#include "tinyml_fixed_point.h"

void tinyml_pool_max(const tinyml_pool *pool, const int8_t *from, int8_t *output) {
  const int32_t rows = pool->rows, columns = pool->columns, next_column = pool->next_column;
  const int32_t wrap = pool->next_row - columns * next_column, min = pool->act_min, max = pool->act_max;
  for (const int8_t *const end = output + pool->channels; output != end; from++) {
    const int8_t *at = from;
    int32_t best = INT8_MIN;
    for (int32_t row = rows; row > 0; row--, at += wrap) {
      for (int32_t column = columns; column > 0; column--, at += next_column) {
        if (*at > best) best = *at;
      }
    }
    *output++ = (int8_t)tinyml_clamp(best, min, max);
  }
}

void tinyml_pool_mean(const tinyml_pool *pool, int32_t first, int32_t count, const int8_t *from, int8_t *output) {
  const int32_t rows = pool->rows, columns = pool->columns, next_column = pool->next_column;
  const int32_t wrap = pool->next_row - columns * next_column, min = pool->act_min, max = pool->act_max;
  const int32_t half = count / 2;
  for (const int8_t *const end = output + pool->channels; output != end; from++) {
    const int8_t *at = from;
    int32_t sum = first;
    for (int32_t row = rows; row > 0; row--, at += wrap) {
      for (int32_t column = columns; column > 0; column--, at += next_column) sum += *at;
    }
    const int32_t mean = (sum > 0 ? sum + half : sum - half) / count;
    *output++ = (int8_t)tinyml_clamp(mean, min, max);
  }
}

#endif
