/**
 * Weights of two output channels in one int16, for cores that multiply and add two int16 at once: c0 + 256 * c1. A sum of products with
 * it is S0 + 256 * S1; with its low byte, S0. One load and one extension serve two channels and two inputs.
 *
 * A block holds a pair of channels: the bias of the first; that plus 256 times the bias of the second; the weights; and for each of
 * the two what requantises its sum. The zero point of the input is part of the biases: products are those of codes.
 */
import { multiplyAddHigh } from '../../numbers/fixed-point.ts';
import { clamp } from './common.ts';

/** int32 of a block beside its weights. */
export const PAIR_EXTRAS = 6;

/** Words of weights of a run of inputs: two inputs each. */
export function runWords(run: number): number {
  return Math.ceil(run / 2);
}

/**
 * Which inputs of a run meet in a word, low half and high half; the second is null where there is none. Of every four the even ones
 * come first, then the odd ones, as cores extend bytes; of two that are left over the one, then the other.
 */
export function inputsOfWord(run: number, word: number): readonly [number, number | null] {
  const first = (word >> 1) * 4;
  const left = run - first;
  if (left === 2) return [first, first + 1];
  const low = first + (word & 1);
  return [low, low + 2 < run ? low + 2 : null];
}

/** A multiplier and a right shift as two factors of high halves of products; shift in [-31, -2], multiplier in [2^30, 2^31). */
export function scaleOf(multiplier: number, shift: number): readonly [doubled: number, power: number] {
  // Twice the multiplier is, as int32, 2^32 too small: the sum itself, added, makes up for it.
  return [(2 * multiplier) | 0, 2 ** (32 + shift)];
}

/**
 * A sum requantised with TFLite's double rounding: floor(sum * multiplier / 2^31 + 1/2), then shifted right, ties away from zero, then
 * the zero point added and the result clamped to int8. Any int32; what leaves 32 bits wraps.
 */
export function narrow(sum: number, doubled: number, power: number, zeroPoint: number): number {
  const high = multiplyAddHigh(sum, sum, doubled);
  return clamp(multiplyAddHigh(zeroPoint, (high + (high >> 31)) | 0, power), -128, 127);
}

/**
 * The codes of both channels of a block.
 * @param scales where in the table the four words begin that requantise @param low S0 @param both S0 + 256 * S1
 */
export function narrowPair(
  table: Int32Array,
  scales: number,
  low: number,
  both: number,
  zeroPoint: number,
): readonly [number, number] {
  const second = ((both - low) | 0) >> 8;
  return [
    narrow(low, table[scales]!, table[scales + 1]!, zeroPoint),
    narrow(second, table[scales + 2]!, table[scales + 3]!, zeroPoint),
  ];
}
