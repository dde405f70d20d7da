import { TinymlError } from '../diagnostics/errors.ts';

/** A positive real number as `multiplier * 2^(shift - 31)`: multiplier in [2^30, 2^31) or 0, shift in [-31, 30]. */
type FixedPoint = { readonly multiplier: number; readonly shift: number };

/**
 * The Q31 multiplier and the shift (positive is left) nearest to `real`, as TFLite's QuantizeMultiplier
 * computes them. Zero and numbers below 2^-32 give multiplier 0, shift 0.
 * @throws TinymlError E_QUANT if `real` is negative, not finite, or 2^30 and more.
 */
export function quantizeMultiplier(real: number): FixedPoint {
  if (!(real >= 0 && real < 2 ** 30)) {
    throw new TinymlError(
      'E_QUANT',
      `the scale ratio ${real} cannot be expressed as a fixed-point multiplier`,
      {
        hint: 'quantise the model again: the scales of neighbouring tensors are too far apart',
      },
    );
  }
  if (real < 2 ** -33) return { multiplier: 0, shift: 0 };
  let exponent = Math.floor(Math.log2(real)) + 1;
  // log2 may be off by one near a power of two: settle the fraction into [0.5, 1) exactly.
  while (real * 2 ** -exponent >= 1) exponent++;
  while (real * 2 ** -exponent < 0.5) exponent--;
  const rounded = Math.round(real * 2 ** (31 - exponent));
  const [multiplier, shift] = rounded === 2 ** 31 ? [2 ** 30, exponent + 1] : [rounded, exponent];
  return shift < -31 ? { multiplier: 0, shift: 0 } : { multiplier, shift };
}

/**
 * `floor((x * y + 2^30) / 2^31)`: the rounding doubling high multiply, exact for every int32 x and
 * 0 <= y < 2^31. The 62-bit product is formed from two exact halves.
 */
export function roundingHighMultiply(x: number, y: number): number {
  const high = x * (y >>> 16);
  const low = x * (y & 0xffff) + 2 ** 30;
  return Math.floor((high + Math.floor(low / 2 ** 16)) / 2 ** 15);
}

/** addend + floor((x * y + 2^31) / 2^32), wrapped to 32 bits: SMMLAR of Arm's cores. All int32. */
export function multiplyAddHigh(addend: number, x: number, y: number): number {
  const high = x * (y >> 16);
  const low = x * (y & 0xffff) + 2 ** 31;
  return (addend + Math.floor((high + Math.floor(low / 2 ** 16)) / 2 ** 16)) | 0;
}

/** x / 2^exponent, rounded to nearest, ties away from zero; x int32, exponent in [0, 31]. */
export function roundingShiftRight(x: number, exponent: number): number {
  const mask = 0x7fffffff >>> (31 - exponent);
  const threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/**
 * A 64-bit sum as TFLite's kernels for 16 bits requantise it (MultiplyByQuantizedMultiplier of int64): times the multiplier in 16
 * bits, shifted right by 15 - shift, rounded once, ties up. The product wraps at 64 bits.
 * @param sum exact in float64 @param shift in [-31, 7]
 */
export function requantizeWide(sum: number, multiplier: number, shift: number): number {
  const reduced = multiplier < 0x7fff0000 ? (multiplier + 2 ** 15) >> 16 : 0x7fff;
  const total = BigInt(15 - shift);
  const product = BigInt.asIntN(64, BigInt(sum) * BigInt(reduced) + (1n << (total - 1n)));
  return Number(product >> total);
}

/**
 * x * multiplier * 2^(shift - 31) in TFLite's double rounding (MultiplyByQuantizedMultiplier): a left shift that
 * wraps at 32 bits, a rounding doubling high multiply, a rounding right shift. int32 in, int32 out.
 */
export function requantize(x: number, multiplier: number, shift: number): number {
  return shift > 0
    ? roundingHighMultiply(x << shift, multiplier)
    : roundingShiftRight(roundingHighMultiply(x, multiplier), -shift);
}
