#include "../tinyml_kernels.h"
#include "tinyml_facts.h"
#include "tinyml_channel_pairs.h"
#include "tinyml_clamp_codes.h"
#include "tinyml_packed_windows.h"

#ifdef TINYML_PAIRS_DSP
#include "../armv7em/conv2d_pairs_s8.h"
#else
/* Each window is copied before its outputs are written: these may lie over what no later window reads. */
static void all_positions(const tinyml_conv2d_pairs_s8_params *p, const int8_t *input, const int32_t *table,
                          int8_t *output, void *scratch) {
  const int32_t pixels = tinyml_run_pixels(p), run = pixels * p->in_channels, run_words = (run + 1) / 2;
  const int32_t channels = p->out_channels, runs = p->words / run_words;
  int8_t *const copy = scratch;
  for (int32_t position = 0; position < p->batch * p->out_h * p->out_w; position++, output += channels) {
    tinyml_copy_window(p, input, position, copy);
    const int32_t *block = table;
    for (int32_t channel = 0; channel < channels; channel += 2, block += p->words + TINYML_PAIR_EXTRAS) {
      tinyml_pair_sums sums = {(uint32_t)block[0], (uint32_t)block[1]};
      for (int32_t i = 0; i < runs; i++) sums = tinyml_pair_run(sums, copy + i * run, run, block + 2 + i * run_words);
      const int32_t *scale = block + 2 + p->words;
      output[channel] = tinyml_pair_narrow(tinyml_pair_first(sums), scale[0], scale[1], p->output_zero_point);
      if (channel + 1 == channels) break;
      output[channel + 1] = tinyml_pair_narrow(tinyml_pair_second(sums), scale[2], scale[3], p->output_zero_point);
    }
  }
}
#endif

void tinyml_conv2d_pairs_s8(const tinyml_conv2d_pairs_s8_params *params, const int8_t *input, const int32_t *table,
                            int8_t *output, void *scratch) {
  TINYML_FACTS(conv2d_pairs_s8, params);
  all_positions(params, input, table, output, scratch);
  tinyml_clamp_codes(output, params->batch * params->out_h * params->out_w * params->out_channels, params->act_min, params->act_max);
}
