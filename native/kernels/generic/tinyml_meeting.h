/* What a transposed convolution reads. */
#ifndef TINYML_MEETING_H
#define TINYML_MEETING_H

#include <stdint.h>

/* The taps along one axis that meet an output position, and the input positions they meet. */
typedef struct {
  int32_t first, step, count; /* taps */
  int32_t at, back;           /* input position of the first tap, and how far it goes back from tap to tap */
} tinyml_meeting;

static inline tinyml_meeting tinyml_meet(int32_t position, int32_t dilation, int32_t kernel, int32_t stride,
                                         int32_t size) {
  tinyml_meeting found = {0, 1, 0, 0, 0};
  for (int32_t tap = 0; tap < kernel; tap++) {
    const int32_t spread = position - tap * dilation;
    if (spread < 0 || spread % stride != 0 || spread / stride >= size) continue;
    if (found.count == 0) {
      found.first = tap;
      found.at = spread / stride;
    } else if (found.count == 1) {
      found.step = tap - found.first;
      found.back = found.at - spread / stride;
    }
    found.count++;
  }
  return found;
}

#endif
