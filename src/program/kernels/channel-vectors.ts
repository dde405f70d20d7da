/**
 * Constants for cores that multiply and add sixteen int8 at once, and narrow the sums of eight output channels together.
 *
 * Channels come in eights. What requantises them are a bias, a multiplier in [2^30, 2^31) and a power of two for each; of an eight the even
 * channels come first, then the odd ones, as vectors are narrowed. The zero point of the input is part of the biases: products are those of codes.
 */
import { multiplyAddHigh, roundingHighMultiply } from '../../numbers/fixed-point.ts';
import { clamp } from './common.ts';

/** Inputs of a vector. */
export const VECTOR = 16;

/** Channels whose sums are narrowed together. */
export const EIGHT = 8;

/** The place of a channel among its eight. */
export function placeInEight(channel: number): number {
  return (channel % 2) * (EIGHT / 2) + ((channel % EIGHT) >> 1);
}

/**
 * A sum requantised with TFLite's double rounding: floor(sum * multiplier / 2^31 + 1/2), then shifted right, ties away from zero, then
 * the zero point added and the result clamped to int8. Any int32. @param power 2^(32 - right shift)
 */
export function narrowOnto(zeroPoint: number, sum: number, multiplier: number, power: number): number {
  const high = roundingHighMultiply(sum, multiplier);
  return clamp(multiplyAddHigh(zeroPoint, (high + (high >> 31)) | 0, power), -128, 127);
}
