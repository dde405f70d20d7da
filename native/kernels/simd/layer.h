/* What the kernels with weights share: packed constants, and images of elements with padding around the input. */
#ifndef TINYML_SIMD_LAYER_H
#define TINYML_SIMD_LAYER_H

#include "channel.h"

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

/* How many of `count` columns first, first + stride, ... are left of a row of `width`, then how many inside it. */
typedef struct {
  int64_t left, inside;
} tinyml_columns;

TINYML_INLINE tinyml_columns tinyml_split_columns(int64_t first, int64_t stride, int64_t count, int64_t width) {
  const bool each = stride == 1; /* divisions are slow, and rows many */
  const int64_t before = first >= 0 ? 0 : each ? -first : (-first + stride - 1) / stride;
  const int64_t end = first >= width ? 0 : each ? width - first : (width - 1 - first) / stride + 1;
  const int64_t left = before < count ? before : count, last = end < count ? end : count;
  const tinyml_columns columns = {left, last > left ? last - left : 0};
  return columns;
}

#endif
