/** Which numbers the weights of a layer can be, before any of them is rounded; and their nearest codes. */
import type { FourBits } from '../graph/types.ts';
import { leastFactor } from '../program/kernels/four-bits.ts';
import { WEIGHT_CODE_MAX, weightCode, weightScales } from './affine.ts';
import { type WeightRange, weightMagnitudes } from './weight-range.ts';
import type { WeightLayout } from './weights.ts';

/** A weight is the scale of its output channel times its factor times a code from -most to most. */
export type WeightGrid = {
  readonly scales: Float32Array;
  /** Of each weight; null: all are 1. */
  readonly factors: Int8Array | null;
  readonly most: number;
};

/** Codes are symmetric, as those of 8 bits: -8 is not used. */
const FOUR_BIT_MAX = 7;
const FACTOR_MAX = 15;

/** Significant bits of scales that factors multiply: the products are exact in float32. */
const SCALE_BITS = 20;

/**
 * @param biases magnitude of the bias of each output channel, which must fit at the product of the scales of input and weights
 * @param inputScale of what the layer reads
 */
export function weightGrid(
  layout: WeightLayout,
  fourBits: FourBits | null,
  range: WeightRange,
  biases: readonly number[],
  inputScale: number,
): WeightGrid {
  const most = fourBits === null ? WEIGHT_CODE_MAX : FOUR_BIT_MAX;
  const group = fourBits?.group ?? null;
  const magnitudes = weightMagnitudes(layout, group === null ? range : 'max', most);
  const needs = Array.from(magnitudes, (weightMax, o) => ({ weightMax, biasMax: biases[o] ?? 0 }));
  if (group === null) return { scales: weightScales(needs, inputScale, most), factors: null, most };
  const scales = weightScales(needs, inputScale, most * FACTOR_MAX).map(withFewBits);
  const factors = new Int8Array(layout.data.length);
  for (const { channel, places } of weightGroups(layout, group)) {
    const weights = places.map((at) => layout.data[at]! / scales[channel]!);
    const factor = range === 'max' ? coveringFactor(weights, most) : leastErrorFactor(weights, most);
    for (const at of places) factors[at] = factor;
  }
  return { scales, factors, most };
}

/** Rounded up to as few bits as keep products with factors exact. */
function withFewBits(scale: number): number {
  const unit = 2 ** (Math.floor(Math.log2(scale)) + 1 - SCALE_BITS);
  return Math.ceil(scale / unit) * unit;
}

function coveringFactor(weights: readonly number[], most: number): number {
  const greatest = weights.reduce((magnitude, weight) => Math.max(magnitude, Math.abs(weight)), 0);
  return Math.min(Math.max(Math.ceil(greatest / most), 1), FACTOR_MAX);
}

function leastErrorFactor(weights: readonly number[], most: number): number {
  let [least, found] = [Number.POSITIVE_INFINITY, 1];
  for (let factor = 1; factor <= FACTOR_MAX; factor++) {
    let error = 0;
    for (const weight of weights) error += (weightCode(weight, factor, most) * factor - weight) ** 2;
    if (error < least) [least, found] = [error, factor];
  }
  return found;
}

type WeightGroup = { readonly channel: number; readonly places: readonly number[] };

/** Weights that share a factor: of one output channel and one kernel element, neighbours among the inputs. */
function* weightGroups(layout: WeightLayout, group: number): Generator<WeightGroup> {
  const { outChannels, inChannels, taps, outStride, inStride } = layout;
  for (let channel = 0; channel < outChannels; channel++) {
    for (let first = 0; first < inChannels; first += group) {
      const size = Math.min(group, inChannels - first);
      for (let tap = 0; tap < taps; tap++) {
        const start = channel * outStride + first * inStride + tap;
        yield { channel, places: Array.from({ length: size }, (_, i) => start + i * inStride) };
      }
    }
  }
}

/** Of each weight its nearest code, times its factor. */
export function nearestCodes(
  { data, outChannels, outStride }: WeightLayout,
  { scales, factors, most }: WeightGrid,
): Int8Array {
  const codes = new Int8Array(data.length);
  for (let start = 0, row = 0; start < data.length; start += outStride, row++) {
    const scale = scales[row % outChannels]!;
    for (let at = start; at < start + outStride; at++) {
      const factor = factors === null ? 1 : factors[at]!;
      codes[at] = factor * weightCode(data[at]!, scale * factor, most);
    }
  }
  return codes;
}

/** Codes times their factors, and the scale of each output channel. */
export type ScaledCodes = { readonly codes: Int8Array; readonly scales: Float32Array };

/**
 * The same weights with the greatest scales that they can have: factors are the least of which codes are multiples, and those of a
 * channel have no divisor in common. A file that states scales of groups then says all of it.
 */
export function withLeastFactors(
  layout: WeightLayout,
  group: number,
  { codes, scales }: ScaledCodes,
): ScaledCodes {
  const divisors = new Int32Array(scales.length);
  for (const { channel, places } of weightGroups(layout, group)) {
    const factor = leastFactor(Int8Array.from(places, (at) => codes[at]!));
    divisors[channel] = commonDivisor(divisors[channel]!, factor ?? 1);
  }
  return {
    codes: codes.map((code, at) => code / divisors[Math.floor(at / layout.outStride) % layout.outChannels]!),
    scales: scales.map((scale, channel) => scale * divisors[channel]!),
  };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
