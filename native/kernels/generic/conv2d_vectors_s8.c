#include "../tinyml_kernels.h"
#include "tinyml_facts.h"
#include "tinyml_channel_vectors.h"
#include "tinyml_clamp_codes.h"
#include "tinyml_packed_windows.h"

#ifdef TINYML_VECTORS_MVE
#include "../mve/conv2d_vectors_s8.h"
#else
/* The products of inputs side by side, of which the first is input `first` of a window. */
static uint32_t row_products(const int8_t *x, int32_t first, int32_t run, const int8_t *weights) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < run; i++) {
    const int32_t at = first + i;
    sum += (uint32_t)(x[i] * weights[at / TINYML_VECTOR * 2 * TINYML_VECTOR + at % TINYML_VECTOR]);
  }
  return sum;
}

static void all_positions(const tinyml_conv2d_vectors_s8_params *p, const int8_t *input, const int8_t *weights,
                          const int32_t *scales, int8_t *output, void *scratch) {
  const int32_t pixels = tinyml_run_pixels(p), run = pixels * p->in_channels, channels = p->out_channels;
  for (int32_t position = 0; position < p->batch * p->out_h * p->out_w; position++, output += channels) {
    const tinyml_image_window from = tinyml_window_of(p, input, position);
    for (int32_t channel = 0; channel < channels; channel++) {
      const int8_t *of = weights + channel / 2 * 4 * p->words + channel % 2 * TINYML_VECTOR;
      const int32_t *scale = scales + channel / TINYML_EIGHT * TINYML_SCALES + tinyml_place_in_eight(channel);
      uint32_t sum = (uint32_t)scale[0];
      for (int32_t tap = 0; tap < p->kernel_h * p->kernel_w; tap += pixels) {
        const int32_t y = from.y + tap / p->kernel_w * p->dilation_h, x = from.x + tap % p->kernel_w * p->dilation_w;
        const int8_t *row = tinyml_pixels_of(p, (tinyml_image_window){from.image, y, x}, pixels, scratch);
        sum += row_products(row, tap * p->in_channels, run, of);
      }
      output[channel] = tinyml_narrow_onto(p->output_zero_point, sum, scale[TINYML_EIGHT], scale[2 * TINYML_EIGHT]);
    }
  }
}
#endif

void tinyml_conv2d_vectors_s8(const tinyml_conv2d_vectors_s8_params *params, const int8_t *input,
                              const int8_t *weights, const int32_t *scales, int8_t *output, void *scratch) {
  TINYML_FACTS(conv2d_vectors_s8, params);
  const int32_t count = params->batch * params->out_h * params->out_w * params->out_channels, min = params->act_min, max = params->act_max;
  all_positions(params, input, weights, scales, output, scratch);
  tinyml_clamp_codes(output, count, min, max);
}
