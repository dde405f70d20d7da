#include "../tinyml_kernels.h"
#include "tinyml_facts.h"
#include "tinyml_channel_pairs.h"
#include "tinyml_clamp_codes.h"
#include "tinyml_words.h"

#ifdef TINYML_PAIRS_DSP
#include "../armv7em/depthwise_conv2d_planes_s8.h"
#elif defined(TINYML_WORDS_THUMB2) || defined(TINYML_WORDS_THUMB)
#ifdef TINYML_WORDS_THUMB2
#include "../armv7m/depthwise_conv2d_planes_s8.h"
#else
#include "../armv6m/depthwise_conv2d_planes_s8.h"
#endif

static void channel_of_all(const tinyml_plane_channel *channel, void *own) { every_pixel(tinyml_band_of(channel, own)); }

static void channel_of_every_second(const tinyml_plane_channel *channel, void *own) { every_second(tinyml_band_of(channel, own)); }

static void all_positions(const tinyml_depthwise_conv2d_planes_s8_params *p, const int8_t *input, const int8_t *weights,
                          const int32_t *bias, const int32_t *scales, int8_t *output, void *scratch) {
  tinyml_channel_band own;
  const tinyml_planes_loops loops = {
      .lay_out = lay_out,
      .begin = tinyml_begin_band,
      .channel = p->stride_w == 1 ? channel_of_all : channel_of_every_second,
      .own = &own,
      .more = MORE,
      .pitch = p->stride_w * (p->out_w - 1) + TINYML_WINDOW,
  };
  tinyml_all_planes(&loops, p, input, weights, bias, scales, output, scratch);
}
#else
#include "tinyml_depthwise_positions.h"
#endif

void tinyml_depthwise_conv2d_planes_s8(const tinyml_depthwise_conv2d_planes_s8_params *params,
                                       const int8_t *input, const int8_t *weights, const int32_t *bias,
                                       const int32_t *scales, int8_t *output, void *scratch) {
  TINYML_FACTS(depthwise_conv2d_planes_s8, params);
  const tinyml_depthwise_conv2d_planes_s8_params p = *params;
  all_positions(&p, input, weights, bias, scales, output, scratch);
  tinyml_clamp_codes(output, p.batch * p.out_h * p.out_w * p.in_channels, p.act_min, p.act_max);
}
