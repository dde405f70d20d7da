/* Functions of one float32 and of two parameters a, b: src/program/kernels/unary-f32.ts has the same formulas. Of single
 * numbers or of vectors, as tinyml_elementary.h. */
#ifndef TINYML_UNARY_H
#define TINYML_UNARY_H

#include "tinyml_elementary.h"

/* All, with their codes. */
#define TINYML_UNARY(APPLY)                                                                                           \
  APPLY(0, exp) APPLY(1, log) APPLY(2, sqrt) APPLY(3, reciprocal) APPLY(4, abs) APPLY(5, negate) APPLY(6, ceil)       \
  APPLY(7, floor) APPLY(8, round) APPLY(9, sign) APPLY(10, sigmoid) APPLY(11, tanh) APPLY(12, erf) APPLY(13, gelu)    \
  APPLY(14, gelu_tanh) APPLY(15, swish) APPLY(16, softplus) APPLY(17, softsign) APPLY(18, mish) APPLY(19, elu)        \
  APPLY(20, celu) APPLY(21, selu) APPLY(22, leaky_relu) APPLY(23, thresholded_relu) APPLY(24, hard_sigmoid)           \
  APPLY(25, hard_swish) APPLY(26, shrink) APPLY(27, square) APPLY(28, cube)

#define TINYML_ONE tinyml_x_of(1.0f)
#define TINYML_ZERO tinyml_x_of(0.0f)
#define TINYML_DEFINE_UNARY(name) static inline tinyml_x tinyml_unary_##name(tinyml_x x, tinyml_x a, tinyml_x b)
#define TINYML_UNARY_UNUSED ((void)a, (void)b)

TINYML_DEFINE_UNARY(exp) {
  TINYML_UNARY_UNUSED;
  return tinyml_exp_f32(x);
}

TINYML_DEFINE_UNARY(log) {
  TINYML_UNARY_UNUSED;
  return tinyml_log_f32(x);
}

TINYML_DEFINE_UNARY(sqrt) {
  TINYML_UNARY_UNUSED;
  return tinyml_x_root(x);
}

TINYML_DEFINE_UNARY(reciprocal) {
  TINYML_UNARY_UNUSED;
  return TINYML_ONE / x;
}

TINYML_DEFINE_UNARY(abs) {
  TINYML_UNARY_UNUSED;
  return tinyml_x_size(x);
}

TINYML_DEFINE_UNARY(negate) {
  TINYML_UNARY_UNUSED;
  return -x;
}

TINYML_DEFINE_UNARY(ceil) {
  const tinyml_x near = tinyml_round_f32(x);
  TINYML_UNARY_UNUSED;
  return tinyml_x_with_sign(tinyml_x_size(TINYML_CHOOSE(near < x, near + TINYML_ONE, near)), x);
}

TINYML_DEFINE_UNARY(floor) {
  const tinyml_x near = tinyml_round_f32(x);
  TINYML_UNARY_UNUSED;
  return tinyml_x_with_sign(tinyml_x_size(TINYML_CHOOSE(near > x, near - TINYML_ONE, near)), x);
}

TINYML_DEFINE_UNARY(round) {
  TINYML_UNARY_UNUSED;
  return tinyml_round_f32(x);
}

TINYML_DEFINE_UNARY(sign) {
  TINYML_UNARY_UNUSED;
  return TINYML_CHOOSE(tinyml_x_size(x) > TINYML_ZERO, tinyml_x_with_sign(TINYML_ONE, x), x);
}

TINYML_DEFINE_UNARY(sigmoid) {
  TINYML_UNARY_UNUSED;
  return tinyml_sigmoid_f32(x);
}

TINYML_DEFINE_UNARY(tanh) {
  TINYML_UNARY_UNUSED;
  return tinyml_tanh_f32(x);
}

TINYML_DEFINE_UNARY(erf) {
  TINYML_UNARY_UNUSED;
  return tinyml_erf_f32(x);
}

/* x Phi(x). */
TINYML_DEFINE_UNARY(gelu) {
  TINYML_UNARY_UNUSED;
  return (tinyml_x_of(0.5f) * x) * (TINYML_ONE + tinyml_erf_f32(x * tinyml_x_of(0.7071067690849304f)));
}

/* x / 2 (1 + tanh(u)) = x / (1 + exp(-2u)), u = sqrt(2 / pi) (x + 0.044715 x^3). */
TINYML_DEFINE_UNARY(gelu_tanh) {
  const tinyml_x slope = tinyml_x_fma(x * x, tinyml_x_of(0.0713548138737679f), tinyml_x_of(1.595769166946411f));
  TINYML_UNARY_UNUSED;
  return x / (TINYML_ONE + tinyml_exp_f32(-(x * slope)));
}

TINYML_DEFINE_UNARY(swish) {
  TINYML_UNARY_UNUSED;
  return x / (TINYML_ONE + tinyml_exp_f32(-(a * x)));
}

TINYML_DEFINE_UNARY(softplus) {
  TINYML_UNARY_UNUSED;
  return TINYML_CHOOSE(x > TINYML_ZERO, x, TINYML_ZERO) + tinyml_log1p_f32(tinyml_exp_f32(-tinyml_x_size(x)));
}

TINYML_DEFINE_UNARY(softsign) {
  TINYML_UNARY_UNUSED;
  return x / (TINYML_ONE + tinyml_x_size(x));
}

/* x tanh(log(1 + e)) = x e (e + 2) / (e (e + 2) + 2), e = exp(x). */
TINYML_DEFINE_UNARY(mish) {
  const tinyml_x most = tinyml_x_of(20.0f), two = tinyml_x_of(2.0f);
  const tinyml_x power = tinyml_exp_f32(TINYML_CHOOSE(x > most, most, x));
  const tinyml_x squared = power * (power + two);
  TINYML_UNARY_UNUSED;
  return TINYML_CHOOSE(x > most, x, x * (squared / (squared + two)));
}

TINYML_DEFINE_UNARY(elu) {
  TINYML_UNARY_UNUSED;
  return TINYML_CHOOSE(x < TINYML_ZERO, a * tinyml_expm1_f32(x), x);
}

TINYML_DEFINE_UNARY(celu) {
  TINYML_UNARY_UNUSED;
  return TINYML_CHOOSE(x < TINYML_ZERO, a * tinyml_expm1_f32(x / a), x);
}

TINYML_DEFINE_UNARY(selu) {
  return b * TINYML_CHOOSE(x > TINYML_ZERO, x, a * tinyml_expm1_f32(x));
}

TINYML_DEFINE_UNARY(leaky_relu) {
  TINYML_UNARY_UNUSED;
  return TINYML_CHOOSE(x < TINYML_ZERO, a * x, x);
}

TINYML_DEFINE_UNARY(thresholded_relu) {
  TINYML_UNARY_UNUSED;
  return TINYML_CHOOSE(x > a, x, TINYML_ZERO);
}

TINYML_DEFINE_UNARY(hard_sigmoid) {
  return tinyml_x_between(tinyml_x_fma(a, x, b), 0.0f, 1.0f);
}

TINYML_DEFINE_UNARY(hard_swish) {
  TINYML_UNARY_UNUSED;
  return x * tinyml_x_between(tinyml_x_fma(x, tinyml_x_of(0.1666666716337204f), tinyml_x_of(0.5f)), 0.0f, 1.0f);
}

TINYML_DEFINE_UNARY(shrink) {
  return TINYML_CHOOSE(x < -b, x + a, TINYML_CHOOSE(x > b, x - a, TINYML_ZERO));
}

TINYML_DEFINE_UNARY(square) {
  TINYML_UNARY_UNUSED;
  return x * x;
}

TINYML_DEFINE_UNARY(cube) {
  TINYML_UNARY_UNUSED;
  return (x * x) * x;
}

#endif
