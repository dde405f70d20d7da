/* What the kernels with weights share: packed constants, and images of elements with padding around the input. */
#ifndef TINYML_SIMD_LAYER_H
#define TINYML_SIMD_LAYER_H

#include "channel.h"

/* The first up to 64 elements of each of some rows. */
#ifndef TINYML_COPIES_PIECES
TINYML_INLINE void tinyml_copy_pieces(tinyml_element *to, int64_t to_step, const int8_t *from, int64_t step, int64_t rows,
                                      int64_t count, int32_t offset) {
  const ptrdiff_t elements = count < 64 ? (ptrdiff_t)count : 64;
  for (int64_t row = 0; row < rows; row++) tinyml_copy_elements(to + row * to_step, from + row * step, elements, offset);
}
#endif

/* At the start of packed memory; requantisations of blocks of TINYML_LANES channels follow, then weights. */
typedef struct {
  _Alignas(64) int32_t quick;
} tinyml_packed;

TINYML_INLINE tinyml_requantization *tinyml_requantizations(const void *packed) {
  return (tinyml_requantization *)(uintptr_t)((const int8_t *)packed + sizeof(tinyml_packed));
}

/* Packs the channels that `channel_at` gives, TINYML_LANES per block: in the quick form if it is exact for all. */
static inline void tinyml_pack_channels(void *packed, int64_t blocks,
                                        tinyml_channel (*channel_at)(const void *layer, int64_t index),
                                        const void *layer) {
  bool quick = true;
  for (int32_t pass = 0; pass < 2; pass++) {
    for (int64_t block = 0; block < blocks; block++) {
      tinyml_channel channels[TINYML_LANES];
      for (int32_t lane = 0; lane < TINYML_LANES; lane++) channels[lane] = channel_at(layer, block * TINYML_LANES + lane);
      if (pass == 0) {
        quick = quick && tinyml_quick(channels);
      } else {
        tinyml_pack_requantization(tinyml_requantizations(packed) + block, channels, quick);
      }
    }
  }
  ((tinyml_packed *)packed)->quick = quick;
}

/* A channel whose `count` weights are `step` apart. Sums over an image lack (input_offset - its offset) * weight for
 * every weight. */
static inline tinyml_channel tinyml_channel_of(const int8_t *weights, int64_t count, int64_t step, int32_t input_offset,
                                               int32_t bias, int32_t multiplier, int32_t shift) {
  int64_t sum = 0, magnitude = 0;
  for (int64_t i = 0; i < count; i++) {
    const int32_t weight = weights[i * step];
    sum += weight;
    magnitude += weight < 0 ? -weight : weight;
  }
  const uint32_t corrected = (uint32_t)(bias + sum * (input_offset - tinyml_image_offset(input_offset)));
  tinyml_channel channel = {0, multiplier, shift, (bias < 0 ? -(int64_t)bias : bias) + magnitude * 256};
  memcpy(&channel.bias, &corrected, sizeof(corrected));
  return channel;
}

/* What an image holds where the input is padded: a real zero. */
TINYML_INLINE int32_t tinyml_padding(int32_t input_offset) {
  return tinyml_image_offset(input_offset) - input_offset;
}

/* Whether an element can be padding: not for the zero point 128 that some offsets stand for. */
TINYML_INLINE bool tinyml_padding_fits(int32_t input_offset) {
  const int32_t padding = tinyml_padding(input_offset);
  return padding == (tinyml_element)padding;
}

/* `count` elements of padding: bytes, or zeros. */
TINYML_INLINE void tinyml_pad(tinyml_element *to, int64_t count, int32_t padding) {
  if (count > 0) memset(to, padding, (size_t)count * sizeof(tinyml_element));
}

/* Elements of so many rows of `count`, `step` bytes apart in the source and `to_step` elements in the target. Short rows are
 * many: they go a piece of all of them at a time. */
static inline void tinyml_copy_rows(tinyml_element *to, int64_t to_step, const int8_t *from, int64_t step, int64_t rows,
                                    int64_t count, int32_t offset) {
  enum { PIECE = 64, SHORT = 4 * PIECE };
  if (count > SHORT) {
    for (int64_t row = 0; row < rows; row++) tinyml_copy_elements(to + row * to_step, from + row * step, count, offset);
    return;
  }
  for (int64_t i = 0; i < count; i += PIECE) tinyml_copy_pieces(to + i, to_step, from + i, step, rows, count - i, offset);
}

TINYML_INLINE void tinyml_copy_each(tinyml_element *to, const int8_t *from, int64_t count, const int64_t size,
                                    int64_t step, int32_t offset) {
  for (int64_t i = 0; i < count; i++) tinyml_copy_elements(to + i * size, from + i * step, (ptrdiff_t)size, offset);
}

/* Elements of `count` pixels of `size` each, `step` apart in the source and side by side in the target. */
static inline void tinyml_copy_pixels(tinyml_element *to, const int8_t *from, int64_t count, int64_t size, int64_t step,
                                      int32_t offset) {
  if (size == step) {
    tinyml_copy_elements(to, from, (ptrdiff_t)(count * size), offset);
    return;
  }
  switch (size) { /* narrow pixels are many */
    case 8:
      tinyml_copy_each(to, from, count, 8, step, offset);
      break;
    case 16:
      tinyml_copy_each(to, from, count, 16, step, offset);
      break;
    case 32:
      tinyml_copy_each(to, from, count, 32, step, offset);
      break;
    default:
      tinyml_copy_each(to, from, count, size, step, offset);
  }
}

/* How many of `count` positions first, first + stride, ... are before an axis of `size`, then how many inside it. */
typedef struct {
  int64_t before, inside;
} tinyml_span;

TINYML_INLINE tinyml_span tinyml_split(int64_t first, int64_t stride, int64_t count, int64_t size) {
  const bool each = stride == 1; /* divisions are slow, and rows many */
  const int64_t outside = first >= 0 ? 0 : each ? -first : (-first + stride - 1) / stride;
  const int64_t end = first >= size ? 0 : each ? size - first : (size - 1 - first) / stride + 1;
  const int64_t before = outside < count ? outside : count, last = end < count ? end : count;
  const tinyml_span span = {before, last > before ? last - before : 0};
  return span;
}

/* Lines of pixels in an image, and what of them lies within the input. Steps are in elements. */
typedef struct {
  int64_t row_step, lines, columns;
  tinyml_span y, x;
} tinyml_rows;

/* Fills lines with pixels of `size` elements, with padding around those of the input. `from`: the first that is inside;
 * from there it is so many bytes to the next line and pixel. */
static inline void tinyml_fill_rows(tinyml_element *image, const tinyml_rows *to, const int8_t *from, int64_t line_step,
                                    int64_t pixel_step, int64_t size, int32_t input_offset) {
  const int32_t offset = tinyml_image_offset(input_offset), padding = tinyml_padding(input_offset);
  const int64_t all = to->columns * size, left = to->x.before * size, inside = to->x.inside * size;
  for (int64_t line = 0; line < to->y.before; line++) tinyml_pad(image + line * to->row_step, all, padding);
  for (int64_t line = to->y.before + to->y.inside; line < to->lines; line++) {
    tinyml_pad(image + line * to->row_step, all, padding);
  }
  image += to->y.before * to->row_step;
  if (inside < all) {
    for (int64_t line = 0; line < to->y.inside; line++) {
      tinyml_pad(image + line * to->row_step, left, padding);
      tinyml_pad(image + line * to->row_step + left + inside, all - left - inside, padding);
    }
  }
  if (inside == 0) return;
  if (size == pixel_step) {
    tinyml_copy_rows(image + left, to->row_step, from, line_step, to->y.inside, inside, offset);
    return;
  }
  for (int64_t line = 0; line < to->y.inside; line++, from += line_step) {
    tinyml_copy_pixels(image + line * to->row_step + left, from, to->x.inside, size, pixel_step, offset);
  }
}

#endif
