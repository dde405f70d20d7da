/* Windows of an image as columns of numbers: what lies in the padding is the zero point. */
#ifndef TINYML_WINDOW_COLUMNS_H
#define TINYML_WINDOW_COLUMNS_H

#include <stddef.h>
#include <string.h>

#include "../tinyml_kernels.h"
#include "tinyml_columns.h"

/* Windows of one group of channels. */
typedef struct {
  const tinyml_conv2d_sums_s8_params *p;
  int32_t channels; /* of the group */
  int32_t runs, run; /* runs of numbers that lie beside each other where there is no padding, and numbers of one: rows of a window, or pixels */
  int32_t pixels;    /* of a run */
  int32_t zero_point;
} tinyml_windows;

/* The first pixel of a window, which may lie outside. */
typedef struct {
  const int8_t *image; /* the first channel of the group */
  int32_t y, x;
} tinyml_window_place;

static inline tinyml_windows tinyml_windows_of(const tinyml_conv2d_sums_s8_params *p, int32_t zero_point) {
  const int32_t joined = p->groups == 1 && p->dilation_w == 1, channels = p->in_channels / p->groups;
  const int32_t pixels = joined ? p->kernel_w : 1;
  return (tinyml_windows){p, channels, p->kernel_h * p->kernel_w / pixels, pixels * channels, pixels, zero_point};
}

/* input: the first channel of the group */
static inline tinyml_window_place tinyml_window_place_of(const tinyml_conv2d_sums_s8_params *p, const int8_t *input,
                                                         int32_t position) {
  const int32_t row = position / p->out_w, image = row / p->out_h;
  return (tinyml_window_place){
      input + (ptrdiff_t)image * p->in_h * p->in_w * p->in_channels,
      (row - image * p->out_h) * p->stride_h - p->pad_top,
      (position - row * p->out_w) * p->stride_w - p->pad_left,
  };
}

/* In words, and the last bytes one by one: most runs are short. */
static inline void tinyml_copy_codes(int8_t *to, const int8_t *from, int32_t count) {
  for (; count >= 4; count -= 4, to += 4, from += 4) memcpy(to, from, 4);
  for (; count > 0; count--) *to++ = *from++;
}

/* All numbers of a window without padding. */
static inline void tinyml_whole_window(const tinyml_windows *w, tinyml_window_place at, int8_t *to) {
  const tinyml_conv2d_sums_s8_params *p = w->p;
  const int32_t step = w->pixels * p->dilation_w * p->in_channels;
  const ptrdiff_t row_step = (ptrdiff_t)p->dilation_h * p->in_w * p->in_channels;
  const int8_t *row = at.image + (ptrdiff_t)(at.y * p->in_w + at.x) * p->in_channels;
  for (int32_t ky = 0; ky < p->kernel_h; ky++, row += row_step) {
    const int8_t *run = row;
    for (int32_t kx = 0; kx < p->kernel_w; kx += w->pixels, run += step, to += w->run) tinyml_copy_codes(to, run, w->run);
  }
}

static inline int32_t tinyml_is_inside(const tinyml_conv2d_sums_s8_params *p, tinyml_window_place at) {
  return at.y >= 0 && at.x >= 0 && at.y + (p->kernel_h - 1) * p->dilation_h < p->in_h &&
         at.x + (p->kernel_w - 1) * p->dilation_w < p->in_w;
}

static inline void tinyml_fill_codes(int8_t *to, int32_t code, int32_t count) {
  for (int32_t i = 0; i < count; i++) to[i] = (int8_t)code;
}

/* Numbers `from` to `end` of a window, at most TINYML_DEPTH unless they lie beside each other. @returns where they lie: in the image, or in `room` */
static inline const int8_t *tinyml_window_numbers(const tinyml_windows *w, tinyml_window_place at, int32_t from,
                                                  int32_t end, int8_t *room) {
  const tinyml_conv2d_sums_s8_params *p = w->p;
  const int32_t per_row = p->kernel_w / w->pixels;
  int32_t run = from / w->run, first = from - run * w->run;
  int32_t ky = run / per_row, kx = run - ky * per_row;
  int8_t *to = room;
  if (w->runs > 1 && end - from == w->runs * w->run && tinyml_is_inside(p, at)) {
    tinyml_whole_window(w, at, room);
    return room;
  }
  for (int32_t left = end - from; left > 0;) {
    const int32_t count = w->run - first < left ? w->run - first : left;
    const int32_t y = at.y + ky * p->dilation_h, x = at.x + kx * p->dilation_w;
    /* Numbers of the run that lie inside. */
    int32_t low = 0, high = 0;
    if (y >= 0 && y < p->in_h && x < p->in_w && x + w->pixels > 0) {
      low = x < 0 ? -x * w->channels : 0;
      high = x + w->pixels > p->in_w ? (p->in_w - x) * w->channels : w->run;
    }
    const int32_t inner = low > first ? low : first, outer = high < first + count ? high : first + count;
    if (inner >= outer) {
      tinyml_fill_codes(to, w->zero_point, count);
    } else {
      const int8_t *pixel = at.image + (ptrdiff_t)(y * p->in_w + x) * p->in_channels;
      if (count == end - from && inner == first && outer == first + count) return pixel + first;
      tinyml_fill_codes(to, w->zero_point, inner - first);
      tinyml_copy_codes(to + inner - first, pixel + inner, outer - inner);
      tinyml_fill_codes(to + outer - first, w->zero_point, first + count - outer);
    }
    to += count;
    left -= count;
    first = 0;
    if (++kx == per_row) kx = 0, ky++;
  }
  return room;
}

#endif
