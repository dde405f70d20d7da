/** float32 fused multiply-add without hardware: the float64 sum, rounded so that rounding it again is harmless. */

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
const [LOW, HIGH] = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? [0, 1] : [1, 0];

/**
 * a * b + c with one rounding to float32 (IEEE 754 fusedMultiplyAdd, ties to even), subnormal numbers, infinities and
 * signed zeros included. a, b and c are float32 numbers.
 *
 * The product is exact in float64. Its sum with c is rounded to odd: where it is not exact, to the neighbour whose last
 * bit is 1. With at least two bits more than the target, rounding that to float32 is rounding the exact sum (Boldo and
 * Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd", 2008).
 */
export function fusedMultiplyAdd(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  // What the sum lacks, exactly (Knuth's TwoSum); NaN where the sum is not finite.
  const added = sum - product;
  const error = product - (sum - added) + (c - added);
  return error < 0 || error > 0 ? Math.fround(roundedToOdd(sum, error > 0)) : Math.fround(sum);
}

/** The neighbour of an inexact sum whose last bit is 1; `above`: the exact sum is greater. */
function roundedToOdd(sum: number, above: boolean): number {
  float[0] = sum;
  const low = words[LOW]!;
  if ((low & 1) === 1) return sum;
  if (above === sum > 0) words[LOW] = low | 1;
  else {
    words[LOW] = low - 1;
    if (low === 0) words[HIGH] = words[HIGH]! - 1;
  }
  return float[0];
}
