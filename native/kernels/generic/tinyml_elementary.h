/* Elementary functions of float32 with the same bits on every processor: src/numbers/elementary.ts has the same formulas.
 * Of single numbers, or of vectors where simd-f32/elementary.h defines the type and its operations first. */
#ifndef TINYML_ELEMENTARY_H
#define TINYML_ELEMENTARY_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifndef TINYML_ELEMENTS
#include "tinyml_fma.h"

typedef float tinyml_x;
typedef uint32_t tinyml_x_word;

/* mask ? a : b, where mask is a comparison of numbers. */
#define TINYML_CHOOSE(mask, a, b) ((mask) ? (a) : (b))

static inline tinyml_x tinyml_x_of(float value) {
  return value;
}

/* The first `count` of neighbours, which is 1. */
static inline tinyml_x tinyml_x_load(const float *from, int32_t count) {
  (void)count;
  return *from;
}

static inline tinyml_x tinyml_x_fma(tinyml_x a, tinyml_x b, tinyml_x c) {
  return tinyml_fma(a, b, c);
}

static inline tinyml_x tinyml_x_root(tinyml_x x) {
  return sqrtf(x);
}

static inline tinyml_x_word tinyml_x_bits(tinyml_x x) {
  tinyml_x_word bits;
  memcpy(&bits, &x, sizeof(bits));
  return bits;
}

static inline tinyml_x tinyml_x_of_bits(tinyml_x_word bits) {
  tinyml_x x;
  memcpy(&x, &bits, sizeof(x));
  return x;
}
#endif

/* Adding it rounds a number below 2^22 to an integer, ties to even: its last bit stands for 1. */
#define TINYML_ROUNDER 12582912.0f
#define TINYML_LOG2E_F32 1.4426950216293335f
/* ln 2 in two parts. */
#define TINYML_LN2_F32 0.6931471824645996f
#define TINYML_LN2_REST_F32 -1.9046542121259336e-9f

static inline tinyml_x tinyml_x_size(tinyml_x x) {
  return tinyml_x_of_bits(tinyml_x_bits(x) & 0x7fffffffu);
}

static inline tinyml_x tinyml_x_with_sign(tinyml_x size, tinyml_x of) {
  return tinyml_x_of_bits(tinyml_x_bits(size) | (tinyml_x_bits(of) & 0x80000000u));
}

/* x between two numbers; NaN stays. */
static inline tinyml_x tinyml_x_between(tinyml_x x, float low, float high) {
  const tinyml_x above = TINYML_CHOOSE(x < tinyml_x_of(low), tinyml_x_of(low), x);
  return TINYML_CHOOSE(above > tinyml_x_of(high), tinyml_x_of(high), above);
}

/* By Horner's rule, the coefficient of the highest power first. */
static inline tinyml_x tinyml_polynomial(tinyml_x x, tinyml_x sum, const float *coefficients, int32_t count) {
  for (int32_t i = 0; i < count; i++) sum = tinyml_x_fma(sum, x, tinyml_x_of(coefficients[i]));
  return sum;
}

static inline tinyml_x tinyml_nearest_integer(tinyml_x x) {
  return (x + tinyml_x_of(TINYML_ROUNDER)) - tinyml_x_of(TINYML_ROUNDER);
}

/* 2^n for an integer n in [-126, 127]. */
static inline tinyml_x tinyml_power_of_two(tinyml_x n) {
  return tinyml_x_of_bits((tinyml_x_bits(n + tinyml_x_of(TINYML_ROUNDER)) + (127u - 0x4b400000u)) << 23);
}

/* x = n ln 2 + f with |f| <= ln 2 / 2: exp(f) - 1, and n. */
static inline tinyml_x tinyml_reduced(tinyml_x x, tinyml_x *n) {
  static const float exp_rest[] = {0.0013940619537606835f, 0.008333389647305012f, 0.041666362434625626f,
                                   0.1666666567325592f, 0.5f};
  const tinyml_x rounder = tinyml_x_of(TINYML_ROUNDER);
  *n = tinyml_x_fma(x, tinyml_x_of(TINYML_LOG2E_F32), rounder) - rounder;
  const tinyml_x high = tinyml_x_fma(*n, tinyml_x_of(-TINYML_LN2_F32), x);
  const tinyml_x f = tinyml_x_fma(*n, tinyml_x_of(-(TINYML_LN2_REST_F32)), high);
  return tinyml_x_fma(tinyml_polynomial(f, tinyml_x_of(0.00019845875794999301f), exp_rest, 5), f * f, f);
}

/* exp(x). In two steps: 2^n itself may be too small or too large. */
static inline tinyml_x tinyml_exp_f32(tinyml_x x) {
  tinyml_x n;
  const tinyml_x rest = tinyml_reduced(tinyml_x_between(x, -104.0f, 89.0f), &n);
  const tinyml_x half = tinyml_nearest_integer(n * tinyml_x_of(0.5f));
  return ((tinyml_x_of(1.0f) + rest) * tinyml_power_of_two(half)) * tinyml_power_of_two(n - half);
}

/* exp(x) - 1 for x <= 88, exact where x is tiny. */
static inline tinyml_x tinyml_expm1_f32(tinyml_x x) {
  tinyml_x n;
  const tinyml_x rest = tinyml_reduced(tinyml_x_between(x, -87.0f, 88.0f), &n);
  const tinyml_x power = tinyml_power_of_two(n);
  return tinyml_x_fma(rest, power, power - tinyml_x_of(1.0f));
}

/* log(x). */
static inline tinyml_x tinyml_log_f32(tinyml_x x) {
  static const float log_rest[] = {0.14004762470722198f, -0.12167185544967651f, 0.14001159369945526f,
                                   -0.16682302951812744f, 0.20010747015476227f, -0.24999716877937317f,
                                   0.3333320915699005f, -0.5f};
  const tinyml_x tiny = tinyml_x_of(0x1p-126f), zero = tinyml_x_of(0.0f);
  const tinyml_x normal = TINYML_CHOOSE(x < tiny, x * tinyml_x_of(0x1p23f), x);
  const tinyml_x bias = TINYML_CHOOSE(x < tiny, tinyml_x_of(8388608.0f + 128.0f + 23.0f), tinyml_x_of(8388608.0f + 128.0f));
  /* x = 2^e m with m in [2/3, 4/3). */
  const tinyml_x_word bits = tinyml_x_bits(normal);
  const tinyml_x_word exponent = (bits - 0x3f2aaaabu + 0x40000000u) >> 23;
  const tinyml_x f = tinyml_x_of_bits(bits - ((exponent - 128u) << 23)) - tinyml_x_of(1.0f);
  const tinyml_x e = tinyml_x_of_bits(exponent + 0x4b000000u) - bias;
  const tinyml_x near = tinyml_x_fma(tinyml_polynomial(f, tinyml_x_of(-0.12948833405971527f), log_rest, 8), f * f, f);
  const tinyml_x whole = tinyml_x_fma(e, tinyml_x_of(TINYML_LN2_F32), tinyml_x_fma(e, tinyml_x_of(TINYML_LN2_REST_F32), near));
  const tinyml_x positive = TINYML_CHOOSE(x < tinyml_x_of(INFINITY), whole, x);
  const tinyml_x known = TINYML_CHOOSE(x == zero, tinyml_x_of(-INFINITY), positive);
  return TINYML_CHOOSE(x < zero, tinyml_x_of(NAN), known);
}

/* log(1 + x) for 0 <= x <= 1. */
static inline tinyml_x tinyml_log1p_f32(tinyml_x x) {
  const tinyml_x one = tinyml_x_of(1.0f), sum = one + x;
  return tinyml_log_f32(sum) + (x - (sum - one)) / sum;
}

/* 1 / (1 + exp(-x)). */
static inline tinyml_x tinyml_sigmoid_f32(tinyml_x x) {
  return tinyml_x_of(1.0f) / (tinyml_x_of(1.0f) + tinyml_exp_f32(-x));
}

static inline tinyml_x tinyml_tanh_f32(tinyml_x x) {
  const tinyml_x size = tinyml_x_between(tinyml_x_size(x), 0.0f, 20.0f);
  const tinyml_x power = tinyml_expm1_f32(tinyml_x_of(2.0f) * size);
  return tinyml_x_with_sign(power / (power + tinyml_x_of(2.0f)), x);
}

/* The error function: polynomials by Norbert Juffa ("A more accurate erff()", 2018). */
static inline tinyml_x tinyml_erf_f32(tinyml_x x) {
  static const float tail[] = {-1.0677777975797653e-1f, -6.348468661308289e-1f, -1.2871751189231873e-1f};
  static const float middle[] = {4.9911942332983017e-3f, -2.6768134906888008e-2f, 1.1281992495059967e-1f,
                                 -3.761253356933594e-1f, 1.2837916612625122e-1f};
  const tinyml_x size = tinyml_x_size(x), square = x * x;
  const tinyml_x high = tinyml_x_fma(tinyml_x_of(-1.7285346984863281e-5f), size, tinyml_x_of(3.831971262115985e-4f));
  const tinyml_x low = tinyml_x_fma(tinyml_x_of(-3.883964382112026e-3f), size, tinyml_x_of(2.4254621937870979e-2f));
  const tinyml_x sum = tinyml_polynomial(size, tinyml_x_fma(high, square, low), tail, 3);
  const tinyml_x far = tinyml_x_of(1.0f) - tinyml_exp_f32(tinyml_x_fma(sum, size, -size));
  const tinyml_x inside = tinyml_polynomial(square, tinyml_x_of(-5.9676170349121094e-4f), middle, 5);
  const tinyml_x near = tinyml_x_fma(inside, x, x);
  return TINYML_CHOOSE(size > tinyml_x_of(0.927734375f), tinyml_x_with_sign(far, x), near);
}

/* The nearest integer, ties to even. */
static inline tinyml_x tinyml_round_f32(tinyml_x x) {
  const tinyml_x size = tinyml_x_size(x), whole = tinyml_x_of(0x1p23f);
  return TINYML_CHOOSE(size < whole, tinyml_x_with_sign((size + whole) - whole, x), x);
}

#endif
