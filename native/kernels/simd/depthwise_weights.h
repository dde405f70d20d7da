/* Packed weights of depthwise convolutions. Where a kernel leaves rows of its layers of TINYML_WORD rows unused, two output
 * rows share them, each with weights that begin at another row. The weights of WIDTH outputs repeat after
 * lcm(channels, WIDTH): that many `patterns` of them are packed,
 * [pattern][output row][layer][kernel_w][part][TINYML_LANES][TINYML_WORD] as elements. */
#ifndef TINYML_SIMD_DEPTHWISE_WEIGHTS_H
#define TINYML_SIMD_DEPTHWISE_WEIGHTS_H

#include "depthwise_image.h"

/* Where the weights of a channel, a kernel row and a kernel column lie. */
typedef struct {
  int64_t first, channel, row, column;
} depthwise_filters;

/* Weights of the WIDTH outputs from `first` on, for an output row that begins `shift` rows down. */
static void pack_weights(tinyml_element *to, const int8_t *weights, const depthwise_filters *f, int32_t kernel_h,
                         int32_t kernel_w, int32_t channels, int64_t first, int32_t shift) {
  int64_t of_output[WIDTH];
  for (int32_t i = 0; i < WIDTH; i++) {
    const int64_t output = first + tinyml_output_index(i / TINYML_LANES, i % TINYML_LANES);
    of_output[i] = f->first + output % channels * f->channel;
  }
  for (int32_t y = 0; y < kernel_h; y++) {
    for (int32_t x = 0; x < kernel_w; x++) {
      const int8_t *tap = weights + y * f->row + x * f->column;
      const int32_t layer = (y + shift) / TINYML_WORD, element = (y + shift) % TINYML_WORD;
      tinyml_element *words = to + ((int64_t)layer * kernel_w + x) * WIDTH * TINYML_WORD;
      for (int32_t i = 0; i < WIDTH; i++) {
        const int32_t at = tinyml_part_index(i % TINYML_LANES, element);
        words[i / TINYML_LANES * TINYML_LANES * TINYML_WORD + at] = (tinyml_element)tap[of_output[i]];
      }
    }
  }
}

/* Packs the weights of all patterns into memory of zeros. */
static void pack_patterns(tinyml_element *to, const int8_t *weights, const depthwise_filters *f,
                          const tinyml_depthwise_conv2d_s8_params *p, const layout *l) {
  for (int64_t pattern = 0; pattern < l->patterns; pattern++) {
    for (int32_t row = 0; row < l->share; row++, to += l->weights_size) {
      pack_weights(to, weights, f, p->kernel_h, p->kernel_w, l->channels, pattern * WIDTH, row * p->stride_h);
    }
  }
}

#endif
