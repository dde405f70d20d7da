/** What requantises the sums of a channel where steps are packed: two factors instead of a multiplier and a shift. */
import { requantize } from '../../../numbers/fixed-point.ts';
import { scaleOf } from '../../../program/kernels/channel-pairs.ts';
import { clamp } from '../../../program/kernels/common.ts';

export type Scale = readonly [doubled: number, power: number];

/** A layer whose outputs may be any int8. */
export type Requantized = {
  /** One for each channel, or one for all. */
  readonly multiplier: Int32Array;
  readonly shift: Int32Array;
  readonly outputOffset: number;
};

type Requantization = {
  readonly multiplier: number;
  readonly shift: number;
  readonly outputOffset: number;
};

export function requantizationOf(layer: Requantized, channel: number): Requantization {
  const at = layer.multiplier.length > 1 ? channel : 0;
  return { multiplier: layer.multiplier[at]!, shift: layer.shift[at]!, outputOffset: layer.outputOffset };
}

/** @returns null where the shift is not to the right by two and more */
export function scaleFor({ multiplier, shift }: Requantization): Scale | null {
  return multiplier >= 2 ** 30 && shift <= -2 ? scaleOf(multiplier, shift) : null;
}

/** The code of all sums from bias - reach to bias + reach; null where there are several. */
export function onlyCode(
  bias: number,
  reach: number,
  { multiplier, shift, outputOffset }: Requantization,
): number | null {
  // What is shifted to the left wraps.
  if (shift > 0 || Math.abs(bias) + reach >= 2 ** 31) return null;
  const codeOf = (sum: number): number => clamp(requantize(sum, multiplier, shift) + outputOffset, -128, 127);
  return codeOf(bias - reach) === codeOf(bias + reach) ? codeOf(bias) : null;
}

/** The multiplier and the shift of an eighth. */
export const EIGHTH = [2 ** 30, -2] as const;

/** A bias and a scale that make a number of every sum without products: an eighth of eight times it. */
export function always(value: number): { readonly bias: number; readonly scale: Scale } {
  return { bias: 8 * value, scale: scaleOf(...EIGHTH) };
}
