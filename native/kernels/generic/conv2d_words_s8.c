#include "../tinyml_kernels.h"
#include "tinyml_words.h"

#if defined(TINYML_WORDS_THUMB2) || defined(TINYML_WORDS_THUMB)
#ifdef TINYML_WORDS_THUMB2
#include "../armv7m/conv2d_words_s8.h"
#else
#include "../armv6m/conv2d_words_s8.h"
#endif

static void all_positions(const tinyml_conv2d_words_s8_params *p, const int8_t *input, const int32_t *table, int8_t *output, void *scratch) {
  const tinyml_window_loops loops = {
      .lay_out = widen,
      .multiply_four = multiply_four,
      .multiply_three = multiply_three,
      .steps = p->kernel_h * p->kernel_w * p->in_channels,
      .turn = STEPS,
      .bytes_of_four = BYTES_OF_STEP,
      .bytes_of_three = BYTES_OF_STEP_OF_THREE,
  };
  tinyml_all_positions(&loops, p, input, table, output, scratch);
}
#else
#include "tinyml_channel_pairs.h"
#include "tinyml_packed_windows.h"

/* Each window is copied before its outputs are written: these may lie over what no later window reads. */
static void all_positions(const tinyml_conv2d_words_s8_params *p, const int8_t *input, const int32_t *table,
                          int8_t *output, void *scratch) {
  const int32_t inputs = p->kernel_h * p->kernel_w * p->in_channels, channels = p->out_channels;
  int8_t *const copy = scratch;
  for (int32_t position = 0; position < p->batch * p->out_h * p->out_w; position++, output += channels) {
    tinyml_copy_window(p, input, position, copy);
    for (int32_t channel = 0; channel < channels; channel++) {
      const int32_t place = channel % 2, *block = table + channel / 2 * (p->words + TINYML_PAIR_EXTRAS);
      const int32_t *scale = block + 2 + p->words + 2 * place;
      const int8_t *weights = (const int8_t *)(block + 2) + place;
      uint32_t sum = (uint32_t)block[place];
      for (int32_t i = 0; i < inputs; i++) sum += (uint32_t)(copy[i] * weights[2 * i]);
      output[channel] = tinyml_pair_narrow((int32_t)sum, scale[0], scale[1], p->output_zero_point);
    }
  }
}
#endif

void tinyml_conv2d_words_s8(const tinyml_conv2d_words_s8_params *params, const int8_t *input, const int32_t *table,
                            int8_t *output, void *scratch) {
  all_positions(params, input, table, output, scratch);
}
