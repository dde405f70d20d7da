#include <math.h>

#include "../tinyml_kernels.h"
#include "tinyml_math.h"
#include "tinyml_quantizer.h"

/* A uniform number in (0, 1): the middle of one of 2^24 parts. */
static double uniform(uint32_t key, uint32_t index) {
  return ((double)(tinyml_random_bits(key, index) >> 8) + 0.5) / 16777216.0;
}

/* -log(u) for u in (0, 1). */
static double surprise(double u) {
  return tinyml_log(1.0 / u);
}

static double logistic(uint32_t key, uint32_t index) {
  const double u = uniform(key, index);
  return surprise(1.0 - u) - surprise(u);
}

/* -log(-log(u)). */
static double gumbel(uint32_t key, uint32_t index) {
  const double v = surprise(uniform(key, index));
  return v >= 1.0 ? -tinyml_log(v) : tinyml_log(1.0 / v);
}

static float sigmoid(double z) {
  const double e = tinyml_exp(z < 0.0 ? z : -z);
  return (float)(z < 0.0 ? e / (1.0 + e) : 1.0 / (1.0 + e));
}

static void sample(const tinyml_patch_mask_f32_params *p, const float *scores, uint32_t own, double temperature,
                   float *mask, float *share) {
  for (int32_t i = 0; i < p->size; i++) {
    const double z = ((double)scores[i] + logistic(own, (uint32_t)i)) / temperature;
    share[i] = sigmoid(z);
    mask[i] = p->hard == 0 ? share[i] : z > 0.0 ? 1.0f : 0.0f;
  }
}

static float sample_between(const tinyml_patch_mask_f32_params *p, const float *scores, uint32_t own, float *mask,
                            float *share) {
  float least = INFINITY, most = -INFINITY;
  for (int32_t i = 0; i < p->size; i++) {
    share[i] = (float)((double)scores[i] - gumbel(own, 2 * (uint32_t)i));
    if (share[i] < least) least = share[i];
    if (share[i] > most) most = share[i];
  }
  const float range = (float)((double)most - (double)least);
  for (int32_t i = 0; i < p->size; i++) {
    const double value = ((double)share[i] - (double)least) / (double)range;
    share[i] = range > 0.0f && value < 1.0 ? (float)value : 1.0f;
    mask[i] = p->hard == 0 ? share[i] : uniform(own, 2 * (uint32_t)i + 1) < (double)share[i] ? 1.0f : 0.0f;
  }
  return range;
}

void tinyml_patch_mask_f32(const tinyml_patch_mask_f32_params *params, const float *scores, const int32_t *key,
                           const float *anneal, float *mask, float *share, float *spread, void *scratch) {
  const uint32_t own = tinyml_random_bits((uint32_t)*key, (uint32_t)params->stream);
  (void)scratch;
  if (params->rule == 0) {
    *spread = anneal[0];
    sample(params, scores, own, (double)anneal[0], mask, share);
  } else {
    *spread = sample_between(params, scores, own, mask, share);
  }
}
