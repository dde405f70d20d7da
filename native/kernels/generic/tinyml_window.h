/* Sliding windows: which taps of a kernel fall inside the input. */
#ifndef TINYML_WINDOW_H
#define TINYML_WINDOW_H

#include <stdint.h>

typedef struct {
  int32_t first, end;
} tinyml_taps;

/* Taps with 0 <= origin + tap * dilation < size, a range because dilation is positive. */
static inline tinyml_taps tinyml_valid_taps(int32_t origin, int32_t dilation, int32_t kernel, int32_t size) {
  tinyml_taps taps = {0, kernel};
  while (taps.first < taps.end && origin + taps.first * dilation < 0) taps.first++;
  while (taps.first < taps.end && origin + (taps.end - 1) * dilation >= size) taps.end--;
  return taps;
}

/* Positions along an axis at which a tap lies inside: from `first` to `end`. origin: of the tap at position 0 */
static inline tinyml_taps tinyml_positions_inside(int32_t origin, int32_t stride, int32_t size, int32_t positions) {
  const int32_t first = origin < 0 ? (-origin + stride - 1) / stride : 0;
  const int32_t end = origin < size ? (size - 1 - origin) / stride + 1 : 0, below = end < positions ? end : positions;
  return (tinyml_taps){first < below ? first : below, below};
}

#endif
