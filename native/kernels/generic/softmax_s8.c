#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

/* Fixed-point exponential and reciprocal of gemmlowp (fixedpoint.h), specialised to the formats of TFLite's softmax.
 * Qm.n: m integer bits and n fraction bits beside the sign. */

/* x * 2^bits, saturated. */
static int32_t saturating_shift_left(int32_t x, int32_t bits) {
  const int32_t limit = INT32_MAX >> bits;
  if (x > limit) return INT32_MAX;
  if (x < -limit - 1) return INT32_MIN;
  return x * ((int32_t)1 << bits);
}

/* exp(a) in Q0.31 for -1/4 <= a < 0 in Q0.31: Taylor series of fourth order around -1/8. */
static int32_t exp_last_quarter(int32_t a) {
  const int32_t exp_minus_eighth = 1895147668, third = 715827883;
  const int32_t x = a + ((int32_t)1 << 28);
  const int32_t x2 = tinyml_high_multiply(x, x);
  const int32_t x3 = tinyml_high_multiply(x2, x);
  const int32_t x4 = tinyml_high_multiply(x2, x2);
  const int32_t tail =
      tinyml_rounding_shift_right(tinyml_high_multiply(tinyml_rounding_shift_right(x4, 2) + x3, third) + x2, 1);
  return exp_minus_eighth + tinyml_high_multiply(exp_minus_eighth, x + tail);
}

/* exp(a) in Q0.31 for a <= 0 in Q5.26. */
static int32_t exp_on_negative(int32_t a) {
  /* exp(-2^k) in Q0.31 for k = -2 .. 4. */
  static const int32_t exp_of_minus_power[7] = {1672461947, 1302514674, 790015084, 290630308,
                                                39332535,   720401,     242};
  const int32_t quarter = (int32_t)1 << 24;
  if (a == 0) return INT32_MAX;
  const int32_t fraction = (a & (quarter - 1)) - quarter;
  const int32_t rest = fraction - a;
  int32_t result = exp_last_quarter(fraction * 32);
  for (int32_t k = 0; k < 7; k++) {
    if (((rest >> (24 + k)) & 1) != 0) result = tinyml_high_multiply(result, exp_of_minus_power[k]);
  }
  return result;
}

/* 1 / (1 + a) in Q0.31 for 0 <= a < 1 in Q0.31: three steps of Newton and Raphson on (1 + a) / 2. */
static int32_t reciprocal_one_plus(int32_t a) {
  const int32_t half_denominator = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
  const int32_t one = (int32_t)1 << 29; /* Q2.29 */
  int32_t x = 1515870810 + tinyml_high_multiply(half_denominator, -1010580540); /* 48/17 - 32/17 d */
  for (int32_t i = 0; i < 3; i++) {
    const int32_t error = one - tinyml_high_multiply(half_denominator, x);
    x += saturating_shift_left(tinyml_high_multiply(x, error), 2);
  }
  return saturating_shift_left(x, 1);
}

/* Leading zeros, at most 31. */
static int32_t leading_zeros(uint32_t x) {
  int32_t zeros = 0;
  for (; zeros < 31 && x < UINT32_C(1) << 31; x <<= 1) zeros++;
  return zeros;
}

/* exp of a difference to the maximum, Q0.31. */
static int32_t exponential(int32_t difference, const tinyml_softmax_s8_params *p) {
  return exp_on_negative(tinyml_high_multiply((int32_t)((uint32_t)difference << p->shift), p->multiplier));
}

void tinyml_softmax_s8(const tinyml_softmax_s8_params *params, const int8_t *input, int8_t *output, void *scratch) {
  const tinyml_softmax_s8_params p = *params;
  (void)scratch;
  for (int32_t row = 0; row < p.rows; row++, input += p.row_size, output += p.row_size) {
    int32_t max = INT8_MIN;
    uint32_t sum = 0; /* Q12.19 */
    for (int32_t i = 0; i < p.row_size; i++) {
      if (input[i] > max) max = input[i];
    }
    for (int32_t i = 0; i < p.row_size; i++) {
      const int32_t difference = input[i] - max;
      if (difference >= p.diff_min) sum += (uint32_t)tinyml_rounding_shift_right(exponential(difference, &p), 12);
    }
    const int32_t headroom = leading_zeros(sum);
    const int32_t reciprocal = reciprocal_one_plus((int32_t)((sum << headroom) & INT32_MAX));
    const int32_t exponent = 12 - headroom + 31 - 8; /* beyond 31, in long and flat rows, nothing is left */
    for (int32_t i = 0; i < p.row_size; i++) {
      const int32_t difference = input[i] - max;
      int32_t value = INT8_MIN;
      if (difference >= p.diff_min && exponent <= 31) {
        const int32_t product = tinyml_high_multiply(reciprocal, exponential(difference, &p));
        value += tinyml_rounding_shift_right(product, exponent);
      }
      output[i] = (int8_t)tinyml_clamp(value, INT8_MIN, INT8_MAX);
    }
  }
}
