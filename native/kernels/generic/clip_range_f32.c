#include <string.h>

#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

enum { NONE, FIXED, ZSCORE, MSE, LEARNED };

enum { BINS = 2048, BLOCK = 32, BLOCKS = BINS / BLOCK, SAMPLES = 16384, ROUNDS = 12 };

/* Magnitudes beyond it are no range. */
static const float MOST = 0x1p100f;

static const float LEAST_RATIO = 0.02f;

/* Every `stride`-th number of a gradient. */
typedef struct {
  const float *values;
  int32_t size, stride;
} sample;

/* |mean| + z * standard deviation. */
static float deviation(sample g, float z) {
  double sum = 0.0, squares = 0.0, count = 0.0;
  for (int64_t i = 0; i < g.size; i += g.stride) {
    const double value = (double)g.values[i];
    sum += value;
    squares += value * value;
    count += 1.0;
  }
  const double mean = sum / count, variance = squares / count - mean * mean;
  const double usable = variance < 0.0 ? 0.0 : variance;
  return (float)(fabs(mean) + (double)z * sqrt(usable));
}

/* Counts of magnitudes by bin, zeros and NaN left out. */
static void count_magnitudes(sample g, float most, int32_t *counts) {
  const float per_unit = (float)BINS / most;
  memset(counts, 0, BINS * sizeof(*counts));
  for (int64_t i = 0; i < g.size; i += g.stride) {
    const float magnitude = fabsf(g.values[i]);
    counts[(int32_t)tinyml_between(magnitude * per_unit, 0.0f, (float)(BINS - 1))] += magnitude > 0.0f;
  }
}

/* How many numbers lie in some bins, and their sum in halves of a bin. */
typedef struct {
  int32_t count, sum;
} total;

static total plus_bins(total so_far, const int32_t *counts, int32_t first, int32_t end) {
  for (int32_t bin = first; bin < end; bin++) {
    so_far.count += counts[bin];
    so_far.sum += counts[bin] * (2 * bin + 1);
  }
  return so_far;
}

/* The fixed point over a histogram of magnitudes, in halves of a bin. */
static float least_error(sample g, float most, int32_t bits, int32_t *counts) {
  total from_block[BLOCKS + 1]; /* of this block and all above */
  count_magnitudes(g, most, counts);
  from_block[BLOCKS] = (total){0, 0};
  for (int32_t block = BLOCKS - 1; block >= 0; block--) {
    from_block[block] = plus_bins(from_block[block + 1], counts, block * BLOCK, (block + 1) * BLOCK);
  }
  const total all = from_block[0];
  if (all.count == 0) return most;
  const double inside = 1.0 / (double)((int32_t)1 << (2 * bits)) / 3.0;
  double tau = (double)all.sum / (double)all.count;
  for (int32_t round = 0; round < ROUNDS; round++) {
    int32_t first = (int32_t)(tau * 0.5); /* the first bin with 2 * bin + 1 > tau */
    if ((double)(2 * first + 1) <= tau) first++;
    const int32_t next = (first + BLOCK - 1) / BLOCK;
    const total above = plus_bins(from_block[next], counts, first, next * BLOCK);
    if (above.count == 0) break;
    tau = (double)above.sum / (inside * (double)(all.count - above.count) + (double)above.count);
  }
  const double share = tau / (double)(2 * BINS);
  return (float)((share < 1.0 ? share : 1.0) * (double)most);
}

static float descend(sample g, float most, float limit, float *ratio, float rate) {
  const float old = *ratio >= LEAST_RATIO && *ratio <= 1.0f ? *ratio : 1.0f;
  const float tau = old * most;
  const float scale = tau / limit;
  const float inverse = 1.0f / scale;
  double slope = 0.0, size = 0.0;
  for (int64_t i = 0; i < g.size; i += g.stride) {
    const float value = g.values[i];
    const float scaled = value * inverse;
    const float code = tinyml_round_nearest(tinyml_between(scaled, -limit, limit));
    const double error = (double)code * (double)scale - (double)value;
    const double sign = value > 0.0f ? 1.0 : -1.0;
    const double derivative = fabsf(value) > tau ? sign : ((double)code - (double)scaled) / (double)limit;
    slope += error * derivative;
    size += fabs(error * derivative);
  }
  const double step = size > 0.0 ? slope / size : 0.0;
  *ratio = tinyml_between(old * (float)(1.0 - (double)rate * step), LEAST_RATIO, 1.0f);
  return *ratio * most;
}

static float clip(const tinyml_clip_range_f32_params *p, sample g, float most, float value, float *ratio,
                  void *scratch) {
  switch (p->mode) {
    case FIXED:
      return value * most;
    case ZSCORE: {
      const float tau = deviation(g, value);
      return tau > most ? most : tau;
    }
    case MSE:
      return least_error(g, most, p->bits, scratch);
    case LEARNED:
      return descend(g, most, (float)((1 << (p->bits - 1)) - 1), ratio, value);
    default: /* NONE */
      return most;
  }
}

void tinyml_clip_range_f32(const tinyml_clip_range_f32_params *params, const float *gradient, const float *extent,
                           const float *value, float *ratio, float *quantizer, void *scratch) {
  const int32_t stride = params->size / SAMPLES;
  const sample g = {gradient, params->size, stride < 1 ? 1 : stride};
  const float below = -extent[0], above = extent[1];
  const float most = below > above || below != below ? below : above;
  if (!(most > 0.0f && most <= MOST)) {
    tinyml_set_quantizer(quantizer, 0.0f, 0.0f);
    return;
  }
  const float tau = clip(params, g, most, *value, ratio, scratch);
  tinyml_set_quantizer(quantizer, tau / (float)((1 << (params->bits - 1)) - 1), 0.0f);
}
