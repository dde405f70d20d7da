/* Windows of convolutions whose constants are packed: where they begin, and their rows with padding. */
#ifndef TINYML_PACKED_WINDOWS_H
#define TINYML_PACKED_WINDOWS_H

#include <string.h>

#include "../tinyml_kernels.h"

#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
/* A few words and bytes: calls of memset and memcpy take longer, so compilers may not make any of these. */
#define TINYML_NO_CALL() __asm volatile("" : : : "memory")

static inline void tinyml_fill_codes(int8_t *to, int32_t code, int32_t count) {
  const uint32_t four = ((uint32_t)code & 0xffu) * 0x01010101u;
  for (; count >= 4; count -= 4, to += 4) {
    memcpy(to, &four, sizeof(four));
    TINYML_NO_CALL();
  }
  for (; count > 0; count--) {
    *to++ = (int8_t)code;
    TINYML_NO_CALL();
  }
}

static inline void tinyml_copy_codes(int8_t *to, const int8_t *from, int32_t count) {
  for (; count >= 4; count -= 4, to += 4, from += 4) {
    uint32_t four;
    memcpy(&four, from, sizeof(four));
    memcpy(to, &four, sizeof(four));
    TINYML_NO_CALL();
  }
  for (; count > 0; count--) {
    *to++ = *from++;
    TINYML_NO_CALL();
  }
}
#else
static inline void tinyml_fill_codes(int8_t *to, int32_t code, int32_t count) { memset(to, code, (size_t)count); }

static inline void tinyml_copy_codes(int8_t *to, const int8_t *from, int32_t count) { memcpy(to, from, (size_t)count); }
#endif

/* Where the window of an output position begins. */
typedef struct {
  const int8_t *image;
  int32_t y, x;
} tinyml_image_window;

static inline tinyml_image_window tinyml_window_of(const tinyml_conv2d_pairs_s8_params *p, const int8_t *input, int32_t position) {
  const int32_t row = position / p->out_w;
  return (tinyml_image_window){
      .image = input + row / p->out_h * p->in_h * p->in_w * p->in_channels,
      .y = row % p->out_h * p->stride_h - p->pad_top,
      .x = position % p->out_w * p->stride_w - p->pad_left,
  };
}

/* Pixels of a row: in the input, or in `room` where some of them are padding. */
static inline const int8_t *tinyml_pixels_of(const tinyml_conv2d_pairs_s8_params *p, tinyml_image_window from, int32_t pixels, int8_t *room) {
  const int32_t channels = p->in_channels, zero_point = p->input_zero_point;
  const int32_t within = from.y >= 0 && from.y < p->in_h;
  if (within && from.x >= 0 && from.x + pixels <= p->in_w) return from.image + (from.y * p->in_w + from.x) * channels;
  int32_t first = from.x < 0 ? -from.x : 0, end = p->in_w - from.x;
  if (first > pixels || !within) first = pixels;
  if (end > pixels) end = pixels;
  if (end < first) end = first;
  tinyml_fill_codes(room, zero_point, first * channels);
  if (end > first) {
    tinyml_copy_codes(room + first * channels, from.image + (from.y * p->in_w + from.x + first) * channels, (end - first) * channels);
  }
  tinyml_fill_codes(room + end * channels, zero_point, (pixels - end) * channels);
  return room;
}

/* A row of a window. */
static inline const int8_t *tinyml_row_of(const tinyml_conv2d_pairs_s8_params *p, tinyml_image_window from, int32_t ky, int8_t *room) {
  from.y += ky;
  return tinyml_pixels_of(p, from, p->kernel_w, room);
}

/* Pixels side by side in a window: a row, or each by itself where columns are apart. */
static inline int32_t tinyml_run_pixels(const tinyml_conv2d_pairs_s8_params *p) { return p->dilation_w == 1 ? p->kernel_w : 1; }

/* The window of an output position, row after row. */
static inline void tinyml_copy_window(const tinyml_conv2d_pairs_s8_params *p, const int8_t *input, int32_t position, int8_t *to) {
  const int32_t pixels = tinyml_run_pixels(p), run = pixels * p->in_channels;
  const tinyml_image_window from = tinyml_window_of(p, input, position);
  for (int32_t ky = 0; ky < p->kernel_h; ky++) {
    for (int32_t kx = 0; kx < p->kernel_w; kx += pixels, to += run) {
      const tinyml_image_window at = {from.image, from.y + ky * p->dilation_h, from.x + kx * p->dilation_w};
      const int8_t *row = tinyml_pixels_of(p, at, pixels, to);
      if (row != to) memcpy(to, row, (size_t)run);
    }
  }
}

#endif
