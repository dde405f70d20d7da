/* Slopes of the functions of tinyml_unary.h: src/program/kernels/unary-gradient-f32.ts has the same formulas. */
#ifndef TINYML_UNARY_SLOPE_H
#define TINYML_UNARY_SLOPE_H

#include "tinyml_unary.h"

#define TINYML_DEFINE_SLOPE(name) static inline tinyml_x tinyml_slope_##name(tinyml_x x, tinyml_x a, tinyml_x b)
#define TINYML_SLOPE_UNUSED ((void)x, (void)a, (void)b)
#define TINYML_HALF tinyml_x_of(0.5f)

static inline tinyml_x tinyml_logistic_slope(tinyml_x s) {
  return s * (TINYML_ONE - s);
}

static inline tinyml_x tinyml_logistic(tinyml_x x) {
  return TINYML_ONE / (TINYML_ONE + tinyml_exp_f32(-x));
}

TINYML_DEFINE_SLOPE(exp) {
  TINYML_SLOPE_UNUSED;
  return tinyml_exp_f32(x);
}

TINYML_DEFINE_SLOPE(log) {
  TINYML_SLOPE_UNUSED;
  return TINYML_ONE / x;
}

TINYML_DEFINE_SLOPE(sqrt) {
  TINYML_SLOPE_UNUSED;
  return TINYML_HALF / tinyml_x_root(x);
}

TINYML_DEFINE_SLOPE(reciprocal) {
  TINYML_SLOPE_UNUSED;
  return -TINYML_ONE / (x * x);
}

TINYML_DEFINE_SLOPE(abs) {
  TINYML_SLOPE_UNUSED;
  return TINYML_CHOOSE(x > TINYML_ZERO, TINYML_ONE, TINYML_CHOOSE(x < TINYML_ZERO, -TINYML_ONE, TINYML_ZERO));
}

TINYML_DEFINE_SLOPE(negate) {
  TINYML_SLOPE_UNUSED;
  return -TINYML_ONE;
}

TINYML_DEFINE_SLOPE(ceil) {
  TINYML_SLOPE_UNUSED;
  return TINYML_ZERO;
}

TINYML_DEFINE_SLOPE(floor) {
  TINYML_SLOPE_UNUSED;
  return TINYML_ZERO;
}

TINYML_DEFINE_SLOPE(round) {
  TINYML_SLOPE_UNUSED;
  return TINYML_ZERO;
}

TINYML_DEFINE_SLOPE(sign) {
  TINYML_SLOPE_UNUSED;
  return TINYML_ZERO;
}

TINYML_DEFINE_SLOPE(sigmoid) {
  TINYML_SLOPE_UNUSED;
  return tinyml_logistic_slope(tinyml_sigmoid_f32(x));
}

TINYML_DEFINE_SLOPE(tanh) {
  const tinyml_x y = tinyml_tanh_f32(x);
  TINYML_SLOPE_UNUSED;
  return TINYML_ONE - y * y;
}

TINYML_DEFINE_SLOPE(erf) {
  TINYML_SLOPE_UNUSED;
  return tinyml_x_of(1.1283791670955126f) * tinyml_exp_f32(-(x * x));
}

/* Phi(x) + x phi(x). */
TINYML_DEFINE_SLOPE(gelu) {
  const tinyml_x share = TINYML_HALF * (TINYML_ONE + tinyml_erf_f32(x * tinyml_x_of(0.7071067690849304f)));
  const tinyml_x density = tinyml_x_of(0.3989422804014327f) * tinyml_exp_f32(-TINYML_HALF * (x * x));
  TINYML_SLOPE_UNUSED;
  return tinyml_x_fma(x, density, share);
}

TINYML_DEFINE_SLOPE(gelu_tanh) {
  const tinyml_x square = x * x, first = tinyml_x_of(1.595769166946411f);
  const tinyml_x s = tinyml_logistic(x * tinyml_x_fma(square, tinyml_x_of(0.0713548138737679f), first));
  const tinyml_x slope = tinyml_x_fma(square, tinyml_x_of(0.2140644416213037f), first);
  TINYML_SLOPE_UNUSED;
  return tinyml_x_fma(x * tinyml_logistic_slope(s), slope, s);
}

TINYML_DEFINE_SLOPE(swish) {
  const tinyml_x scaled = a * x, s = tinyml_logistic(scaled);
  TINYML_SLOPE_UNUSED;
  return tinyml_x_fma(scaled, tinyml_logistic_slope(s), s);
}

TINYML_DEFINE_SLOPE(softplus) {
  TINYML_SLOPE_UNUSED;
  return tinyml_sigmoid_f32(x);
}

TINYML_DEFINE_SLOPE(softsign) {
  const tinyml_x below = TINYML_ONE + tinyml_x_size(x);
  TINYML_SLOPE_UNUSED;
  return TINYML_ONE / (below * below);
}

TINYML_DEFINE_SLOPE(mish) {
  const tinyml_x most = tinyml_x_of(20.0f), two = tinyml_x_of(2.0f);
  const tinyml_x power = tinyml_exp_f32(TINYML_CHOOSE(x > most, most, x));
  const tinyml_x squared = power * (power + two), y = squared / (squared + two);
  TINYML_SLOPE_UNUSED;
  return tinyml_x_fma(x * (TINYML_ONE - y * y), tinyml_sigmoid_f32(x), y);
}

TINYML_DEFINE_SLOPE(elu) {
  TINYML_SLOPE_UNUSED;
  return TINYML_CHOOSE(x < TINYML_ZERO, a * tinyml_exp_f32(x), TINYML_ONE);
}

TINYML_DEFINE_SLOPE(celu) {
  TINYML_SLOPE_UNUSED;
  return TINYML_CHOOSE(x < TINYML_ZERO, tinyml_exp_f32(x / a), TINYML_ONE);
}

TINYML_DEFINE_SLOPE(selu) {
  return b * TINYML_CHOOSE(x > TINYML_ZERO, TINYML_ONE, a * tinyml_exp_f32(x));
}

TINYML_DEFINE_SLOPE(leaky_relu) {
  TINYML_SLOPE_UNUSED;
  return TINYML_CHOOSE(x < TINYML_ZERO, a, TINYML_ONE);
}

TINYML_DEFINE_SLOPE(thresholded_relu) {
  TINYML_SLOPE_UNUSED;
  return TINYML_CHOOSE(x > a, TINYML_ONE, TINYML_ZERO);
}

TINYML_DEFINE_SLOPE(hard_sigmoid) {
  const tinyml_x y = tinyml_x_fma(a, x, b);
  return TINYML_CHOOSE(y > TINYML_ZERO, TINYML_CHOOSE(y < TINYML_ONE, a, TINYML_ZERO), TINYML_ZERO);
}

TINYML_DEFINE_SLOPE(hard_swish) {
  const tinyml_x y = tinyml_x_fma(x, tinyml_x_of(0.1666666716337204f), TINYML_HALF);
  const tinyml_x inside = tinyml_x_fma(x, tinyml_x_of(0.3333333432674408f), TINYML_HALF);
  TINYML_SLOPE_UNUSED;
  return TINYML_CHOOSE(y > TINYML_ZERO, TINYML_CHOOSE(y < TINYML_ONE, inside, TINYML_ONE), TINYML_ZERO);
}

TINYML_DEFINE_SLOPE(shrink) {
  TINYML_SLOPE_UNUSED;
  return TINYML_CHOOSE(x < -b, TINYML_ONE, TINYML_CHOOSE(x > b, TINYML_ONE, TINYML_ZERO));
}

TINYML_DEFINE_SLOPE(square) {
  TINYML_SLOPE_UNUSED;
  return tinyml_x_of(2.0f) * x;
}

TINYML_DEFINE_SLOPE(cube) {
  TINYML_SLOPE_UNUSED;
  return tinyml_x_of(3.0f) * (x * x);
}

#endif
