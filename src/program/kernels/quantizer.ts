/**
 * Quantisers whose scale changes from step to step: four float32 numbers in the arena,
 * [scale, 1 / scale, zero point, 0], so that real = scale * (code - zero point).
 */

/** Elements of a quantiser. */
export const QUANTIZER = { scale: 0, inverse: 1, zeroPoint: 2, length: 4 } as const;

/** 1.5 * 2^23: adding it leaves a float32 no bits for a fraction, so the addition itself rounds, halves to even. */
const ROUNDER = 12582912;

/** The zero point of a quantiser as an integer; 0 where it is no int8 (only in an arena that nobody has set up). */
export function zeroPointOf(quantizer: Float32Array): number {
  const zeroPoint = quantizer[QUANTIZER.zeroPoint]!;
  return zeroPoint >= -128 && zeroPoint <= 127 ? Math.trunc(zeroPoint) : 0;
}

/** A value between two bounds; NaN becomes the lower one. The maximum and the minimum are those of vector instructions. */
export function between(value: number, low: number, high: number): number {
  let bounded = low;
  if (value > low) bounded = value;
  if (!(bounded < high)) bounded = high;
  return bounded;
}

/** Nearest integer to a float32 of at most 2^22, halves to even. */
export function roundNearest(value: number): number {
  return Math.fround(Math.fround(value + ROUNDER) - ROUNDER);
}

/** The code of a real value: scaled by 1 / scale, moved by the zero point, bounded, rounded to the nearest. */
export function codeOf(value: number, quantizer: Float32Array, low: number, high: number): number {
  return roundNearest(between(scaledBy(value, quantizer), low, high));
}

/** value / scale + zero point, in float32. */
export function scaledBy(value: number, quantizer: Float32Array): number {
  const scaled = Math.fround(value * quantizer[QUANTIZER.inverse]!);
  return Math.fround(scaled + zeroPointOf(quantizer));
}

/** The real value of a code, in float32. */
export function realOf(code: number, quantizer: Float32Array): number {
  return Math.fround((code - zeroPointOf(quantizer)) * quantizer[QUANTIZER.scale]!);
}

/** Sets scale, 1 / scale and zero point. A scale that is not positive and finite becomes 1. */
export function setQuantizer(quantizer: Float32Array, scale: number, zeroPoint: number): void {
  const usable = scale >= 2 ** -126 && scale <= 2 ** 126 ? scale : 1;
  quantizer[QUANTIZER.scale] = usable;
  quantizer[QUANTIZER.inverse] = Math.fround(1 / usable);
  quantizer[QUANTIZER.zeroPoint] = zeroPoint;
  quantizer[3] = 0;
}

/** Least and greatest value so far; NaN is passed over. */
export function extend(extent: Float32Array, value: number): void {
  if (value < extent[0]!) extent[0] = value;
  if (value > extent[1]!) extent[1] = value;
}

/** What an extent begins with: nothing seen. */
export function emptyExtent(extent: Float32Array): void {
  extent[0] = Number.POSITIVE_INFINITY;
  extent[1] = Number.NEGATIVE_INFINITY;
}

/** Ends an extent: -0 becomes 0, so that the order of the values does not matter. */
export function settleExtent(extent: Float32Array): void {
  extent[0] = extent[0]! + 0;
  extent[1] = extent[1]! + 0;
}

/**
 * A random 32-bit number by counter: the same on every machine and for any order of evaluation. The finaliser of
 * MurmurHash3 (Appleby, public domain) on index * golden ratio + key.
 */
export function randomBits(key: number, index: number): number {
  let h = (Math.imul(index, 0x9e3779b9) + key) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Steps of the fraction in stochastic rounding: what a float32 in [128, 512) resolves. */
const FRACTIONS = 32768;

/**
 * Stochastic rounding of a float32 in [-128, 127]: up with the probability of its fraction, to 2^-15. The sum is taken in
 * [128, 512), where a float32 holds multiples of 2^-15 exactly.
 */
export function roundStochastic(value: number, key: number, index: number): number {
  const fraction = (randomBits(key, index) >>> 17) / FRACTIONS;
  return Math.trunc(Math.fround(Math.fround(value + 256) + fraction)) - 256;
}
