/* Transposed convolutions as convolutions of stride 1: output positions a stride apart along an axis meet the same taps. */
#ifndef TINYML_SIMD_PHASES_H
#define TINYML_SIMD_PHASES_H

#include "words.h"

/* More would be slow to work out for every run. */
enum { MAX_STRIDE = 8, MAX_KERNEL = 64 };

/* One phase along an axis, as a convolution. */
typedef struct {
  int32_t out;            /* positions */
  int32_t kernel, dilation, pad;
  int32_t last, step;     /* the tap that comes first, and how far back the next one is */
  int32_t taps;           /* 0: one of zeros stands for them */
} phase;

/* Positions first, first + stride, ...: their taps, had the input no end. */
static phase phase_of(int32_t first, int32_t out, int32_t kernel, int32_t stride, int32_t dilation, int32_t pad) {
  phase f = {(out - first + stride - 1) / stride, 1, 1, 0, 0, 0, 0};
  for (int32_t tap = kernel - 1; tap >= 0; tap--) {
    const int32_t spread = first + pad - tap * dilation;
    if (spread % stride != 0) continue;
    if (f.taps == 0) {
      f.last = tap;
      f.pad = -(spread / stride);
    } else if (f.taps == 1) {
      f.step = f.last - tap;
      f.dilation = spread / stride + f.pad;
    }
    f.kernel = ++f.taps;
  }
  return f;
}

#endif
