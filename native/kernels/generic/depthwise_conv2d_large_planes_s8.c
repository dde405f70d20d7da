#include "../tinyml_kernels.h"
#include "tinyml_facts.h"
#include "tinyml_channel_pairs.h"
#include "tinyml_clamp_codes.h"
#include "tinyml_words.h"

#ifdef TINYML_PAIRS_DSP
#include "../armv7em/depthwise_conv2d_large_planes_s8.h"
#elif defined(TINYML_WORDS_THUMB2) || defined(TINYML_WORDS_THUMB)
#include "tinyml_large_windows.h"
#else
#include "tinyml_depthwise_positions.h"
#endif

void tinyml_depthwise_conv2d_large_planes_s8(const tinyml_depthwise_conv2d_large_planes_s8_params *params,
                                       const int8_t *input, const int8_t *weights, const int32_t *bias,
                                       const int32_t *scales, int8_t *output, void *scratch) {
  TINYML_FACTS(depthwise_conv2d_large_planes_s8, params);
  const tinyml_depthwise_conv2d_large_planes_s8_params p = *params;
  all_positions(&p, input, weights, bias, scales, output, scratch);
  tinyml_clamp_codes(output, p.batch * p.out_h * p.out_w * p.in_channels, p.act_min, p.act_max);
}
