/* float32 arithmetic with the same bits on every processor. */
#ifndef TINYML_FMA_H
#define TINYML_FMA_H

#include <stdint.h>
#include <string.h>

/* a * b + c, rounded once (IEEE 754, ties to even): one instruction where there is one. */
#if defined(__GNUC__) && (defined(__FMA__) || defined(__aarch64__) || defined(__ARM_FEATURE_FMA))

static inline float tinyml_fma(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}

#else

/* The float64 neighbour of an inexact sum whose last bit is 1. Rounding that is rounding the exact sum (Boldo and
 * Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd", 2008). */
static inline double tinyml_rounded_to_odd(double product, double c, double sum) {
  const double added = sum - product;
  const double error = (product - (sum - added)) + (c - added); /* what the sum lacks, exactly; NaN if not finite */
  uint64_t bits;
  memcpy(&bits, &sum, sizeof(bits));
  if ((error < 0 || error > 0) && (bits & 1u) == 0) bits = (error > 0) == (sum > 0) ? bits + 1 : bits - 1;
  memcpy(&sum, &bits, sizeof(sum));
  return sum;
}

/* The product is exact in float64. Rounding its sum with c twice, to float64 and to float32, goes wrong only where the
 * first rounding ends halfway between two float32 numbers: no float32 number, but with 28 bits of zero at its end. */
static inline float tinyml_fma(float a, float b, float c) {
  const double product = (double)a * (double)b;
  const double sum = product + (double)c;
  const float rounded = (float)sum;
  uint64_t bits;
  memcpy(&bits, &sum, sizeof(bits));
  if ((bits & 0x0fffffffu) != 0 || (double)rounded == sum) return rounded;
  return (float)tinyml_rounded_to_odd(product, (double)c, sum);
}

#endif

/* value between bounds[0] and bounds[1]; NaN stays. */
static inline float tinyml_bounded(float value, const float *bounds) {
  if (value < bounds[0]) return bounds[0];
  if (value > bounds[1]) return bounds[1];
  return value;
}

/* Sums that are computed side by side. */
enum { TINYML_CHAINS = 4 };

/* Goes on with the sums of `lanes` output channels, at most TINYML_CHAINS, by `count` input channels: x[i * step] times
 * w[lane * w_channel + i]. Four sums have names, so that they stay in registers. */
static inline void tinyml_chains_of(float *sums, int32_t lanes, const float *x, int32_t step, const float *w,
                                    int32_t w_channel, int32_t count) {
  if (lanes == TINYML_CHAINS) {
    const float *w1 = w + w_channel, *w2 = w1 + w_channel, *w3 = w2 + w_channel;
    float s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    for (int32_t i = 0; i < count; i++, x += step) {
      s0 = tinyml_fma(*x, w[i], s0);
      s1 = tinyml_fma(*x, w1[i], s1);
      s2 = tinyml_fma(*x, w2[i], s2);
      s3 = tinyml_fma(*x, w3[i], s3);
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
    return;
  }
  for (int32_t lane = 0; lane < lanes; lane++, w += w_channel) {
    const float *from = x;
    for (int32_t i = 0; i < count; i++, from += step) sums[lane] = tinyml_fma(*from, w[i], sums[lane]);
  }
}

/* The same with x side by side, or zeros where x is NULL. */
static inline void tinyml_chains(float *sums, int32_t lanes, const float *x, const float *w, int32_t w_channel,
                                 int32_t count) {
  const float zero = 0.0f;
  tinyml_chains_of(sums, lanes, x == NULL ? &zero : x, x != NULL, w, w_channel, count);
}

#endif
