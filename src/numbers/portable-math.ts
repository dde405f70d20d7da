/**
 * exp and log from additions, multiplications and divisions of float64 alone, in a fixed order: the same bits on every
 * machine, where Math.exp and the C library differ. native/kernels/generic/tinyml_math.h has the same formulas.
 */

const { LN2, LOG2E } = Math;

/** exp(x) for x <= 0, relative error below 2^-48; 0 below -700. */
export function portableExp(x: number): number {
  if (!(x > -700)) return 0;
  const power = Math.floor(x * LOG2E + 0.5);
  const rest = x - power * LN2;
  // Taylor series of exp on [-ln 2 / 2, ln 2 / 2], by Horner's rule.
  let sum = 1;
  for (let n = 13; n >= 1; n--) sum = 1 + (sum * rest) / n;
  let result = sum;
  for (let n = power; n < 0; n++) result *= 0.5;
  return result;
}

/** log(x) for x >= 1, absolute error below 2^-45. */
export function portableLog(x: number): number {
  let [power, mantissa] = [0, x];
  while (mantissa >= 1.5) {
    mantissa *= 0.5;
    power++;
  }
  // log(m) = 2 atanh(t) with t = (m - 1) / (m + 1), |t| <= 1/5 for m in [0.75, 1.5).
  const t = (mantissa - 1) / (mantissa + 1);
  const square = t * t;
  let sum = 0;
  for (let n = 23; n >= 1; n -= 2) sum = 1 / n + square * sum;
  return power * LN2 + 2 * t * sum;
}
