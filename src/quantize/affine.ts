/** Real ranges to scales and zero points, real constants to codes. */
import { perTensor } from '../graph/build.ts';
import type { Quant } from '../graph/types.ts';
import { QUANT_RANGES } from '../graph/verify.ts';
import type { Range } from './observers/histogram.ts';

/** Codes of an activation: [min, max], with the zero point free or fixed at 0. */
export type CodeRange = { readonly min: number; readonly max: number; readonly symmetric: boolean };

/** int8 activations as TFLite has them. */
export const ASYMMETRIC_INT8: CodeRange = { min: -128, max: 127, symmetric: false };
/** int8 activations with zero point 0, as TensorRT wants them. */
export const SYMMETRIC_INT8: CodeRange = { min: -127, max: 127, symmetric: true };

/** Largest code of a weight with 8 bits; the smallest is its negative, so that products of int8 never reach 2^14. */
export const WEIGHT_CODE_MAX = 127;

/** A bias code beyond this could overflow the int32 accumulator together with the products. */
const BIAS_CODE_MAX = 2 ** 30;

/** Where nothing is known of what a tensor is computed from, smaller scales are taken for those of one that is zero but for rounding: ratios of scales stay within 2^30. */
export const SMALLEST_SCALE = 2 ** -30;

/**
 * Scale and zero point whose codes cover the range. Zero is always covered and always exact: the range is widened to it
 * and the zero point rounded to a code. A range of zeros alone gets scale 1 and zero point 0.
 * @param least the smallest scale
 */
export function rangeParameters(
  range: Range,
  codes: CodeRange,
  least = SMALLEST_SCALE,
): { readonly scale: number; readonly zeroPoint: number } {
  const [min, max] = [Math.min(range.min, 0), Math.max(range.max, 0)];
  if (min === max) return { scale: 1, zeroPoint: 0 };
  const extent = codes.symmetric ? Math.max(-min, max) / codes.max : (max - min) / (codes.max - codes.min);
  const scale = Math.fround(Math.max(extent, least));
  if (codes.symmetric) return { scale, zeroPoint: 0 };
  const zeroPoint = Math.round(codes.min - min / scale);
  return { scale, zeroPoint: Math.min(Math.max(zeroPoint, codes.min), codes.max) };
}

/** Per-tensor int8 quantisation of an activation. */
export function activationQuant(range: Range, codes: CodeRange, least = SMALLEST_SCALE): Quant {
  const { scale, zeroPoint } = rangeParameters(range, codes, least);
  return perTensor(scale, zeroPoint);
}

/** The 16-bit quantisation of an activation: symmetric, as TFLite's 16x8 has it. */
export function wideQuant(range: Range, least = SMALLEST_SCALE): Quant {
  const [, max] = QUANT_RANGES.int16;
  const { scale } = rangeParameters(range, { min: -max, max, symmetric: true }, least);
  return perTensor(scale, 0, 'int16');
}

/** Beyond what 8-bit codes would cover, 16-bit codes reach for what was seen up to so many times as far. */
const WIDER_REACH = 8;

/**
 * What 16-bit codes cover: all that was seen, but for spikes.
 * @param narrow the range that 8-bit codes would have
 */
export function wideRange(seen: Range, narrow: Range): Range {
  const reach = WIDER_REACH * Math.max(-narrow.min, narrow.max);
  return { min: Math.max(seen.min, -reach), max: Math.min(seen.max, reach) };
}

/** Steps of a cell state, whose tanh is taken: far finer than what comes of it, up to 32. */
const CELL_STEP = 2 ** -10;

/** The 16-bit quantisation of cell states: the least power of two from 2^-10 on that covers the range. */
export function cellQuant({ min, max }: Range): Quant {
  const wanted = Math.max(-min, max, 0) / QUANT_RANGES.int16[1];
  const scale = Math.max(CELL_STEP, 2 ** Math.ceil(Math.log2(Math.max(wanted, CELL_STEP))));
  return perTensor(scale, 0, 'int16');
}

/** What one output channel needs: its largest weight magnitude, and the scale below which its bias would overflow. */
type ChannelNeed = { readonly weightMax: number; readonly biasMax: number };

/**
 * Symmetric weight scales, one per output channel: largest magnitude / largest code, enlarged where the bias at scale
 * inputScale * weightScale would pass 2^30. A channel of zero weights takes the largest scale of the others.
 */
export function weightScales(
  channels: readonly ChannelNeed[],
  inputScale: number,
  most = WEIGHT_CODE_MAX,
): Float32Array {
  const wanted = channels.map(({ weightMax }) => weightMax / most);
  const largest = wanted.reduce((most, scale) => Math.max(most, scale), 0);
  return Float32Array.from(channels, ({ biasMax }, c) => {
    const scale = wanted[c]! > 0 ? wanted[c]! : largest > 0 ? largest : 1;
    return Math.max(scale, biasMax / inputScale / BIAS_CODE_MAX, SMALLEST_SCALE);
  });
}

/** value / scale rounded half up, within [-most, most]. */
export function weightCode(value: number, scale: number, most = WEIGHT_CODE_MAX): number {
  // Integers instead of Math.round and Math.min: this runs for every weight.
  const raised = value / scale + 0.5;
  if (raised >= most) return most;
  if (raised < -most) return -most;
  const truncated = raised | 0;
  return truncated > raised ? truncated - 1 : truncated;
}
