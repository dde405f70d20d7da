#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

/* Magnitudes beyond it are no range. */
static const float MOST = 0x1p100f;

static float moved(float from, float share, float to) {
  return from + share * (to - from);
}

void tinyml_track_range_f32(const tinyml_track_range_f32_params *params, const float *extent, const float *bounds,
                            const float *decay, float *range, float *quantizer, void *scratch) {
  const tinyml_track_range_f32_params p = *params;
  const float low = tinyml_between(extent[0], bounds[0], bounds[1]);
  const float high = tinyml_between(extent[1], bounds[0], bounds[1]);
  const int usable = low <= high && low >= -MOST && high <= MOST;
  (void)scratch;
  if (usable && range[2] != 1.0f) {
    range[0] = low;
    range[1] = high;
    range[2] = 1.0f;
    range[3] = 0.0f;
  } else if (usable && p.frozen == 0) {
    const float share = 1.0f - *decay;
    range[0] = moved(range[0], share, low);
    range[1] = moved(range[1], share, high);
  }
  /* Ranges that hold NaN, which only memory does that nobody has set up, get the scale 1. */
  if (p.affine == 0) {
    const float below = fabsf(range[0]), above = fabsf(range[1]);
    const float most = below > above || below != below ? below : above;
    tinyml_set_quantizer(quantizer, most / (float)p.limit, 0.0f);
    return;
  }
  const float from = range[0] > 0.0f ? 0.0f : range[0];
  const float to = range[1] < 0.0f ? 0.0f : range[1];
  const float least = (float)(-p.limit - 1);
  tinyml_set_quantizer(quantizer, (to - from) / (float)(2 * p.limit + 1), 0.0f);
  const float zero = least - from * quantizer[TINYML_INVERSE];
  quantizer[TINYML_ZERO_POINT] = tinyml_round_nearest(tinyml_between(zero, least, (float)p.limit));
}
