/* Sums of the int8 of a window, eight channels in a vector, and what is made of them (MVE, Helium). */
#ifndef TINYML_WINDOW_SUMS_H
#define TINYML_WINDOW_SUMS_H

#include <arm_mve.h>

/* As many int8 as an int16 holds the sum of. */
enum { TINYML_MOST = 255 };

/* The part of a window that lies in the input; distances are in bytes. */
typedef struct {
  int32_t rows, columns, next_column, next_row;
} tinyml_window;

/* Of eight channels the even ones and the odd ones. */
typedef struct {
  int32x4_t even, odd;
} tinyml_eight;

/* first + the sum of the window, for the channels `present`. */
static inline tinyml_eight tinyml_window_sums(tinyml_window window, int32_t first, const int8_t *from,
                                              mve_pred16_t present) {
  const int32_t wrap = window.next_row - window.columns * window.next_column;
  tinyml_eight sums = {vdupq_n_s32(first), vdupq_n_s32(first)};
  for (int32_t row = window.rows; row > 0; row--, from += wrap) {
    for (int32_t column = window.columns; column > 0; column -= TINYML_MOST) {
      int16x8_t some = vdupq_n_s16(0);
      for (int32_t left = column < TINYML_MOST ? column : TINYML_MOST; left > 0; left--, from += window.next_column) {
        some = vaddq_s16(some, vldrbq_z_s16(from, present));
      }
      sums.even = vaddq_s32(sums.even, vmovlbq_s16(some));
      sums.odd = vaddq_s32(sums.odd, vmovltq_s16(some));
    }
  }
  return sums;
}

/* Clamped to int8 from min to max, for the channels `present`. */
static inline void tinyml_store_eight(tinyml_eight values, int32_t min, int32_t max, mve_pred16_t present,
                                      int8_t *output) {
  const int16x8_t joined = vqmovntq_s32(vqmovnbq_s32(vdupq_n_s16(0), values.even), values.odd);
  const int16x8_t clamped = vminq_s16(vmaxq_s16(joined, vdupq_n_s16((int16_t)min)), vdupq_n_s16((int16_t)max));
  vstrbq_p_s16(output, clamped, present);
}

#endif
