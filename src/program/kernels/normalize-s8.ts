import { requantize } from '../../numbers/fixed-point.ts';
import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp, type Requantization, requantizationParams } from './common.ts';

type NormalizeS8Params = Requantization & {
  readonly batch: number;
  readonly positions: number;
  readonly groups: number;
  readonly channels: number;
  /** 1: less the mean (layer, instance and group normalisation); 0: not (RMS normalisation). */
  readonly centred: number;
  /** epsilon * count^2 / inputScale^2 * 2^14 = epsilon << epsilonShift. */
  readonly epsilon: number;
  readonly epsilonShift: number;
  /** From 2^-20 of the unit of gamma to the output. */
  readonly multiplier: number;
  readonly shift: number;
};

/**
 * inputs [x [batch][positions][groups][channels]], constants [gamma, beta, both [groups][channels]], outputs [y]. Each
 * group of each image is normalised by its own statistics, over all its positions and channels.
 */
export type NormalizeS8 = StepOf<'normalize_s8', NormalizeS8Params>;

/** Numbers that are normalised together: sums of their squares stay below 2^32, and what comes out below 2^8. */
export const MOST_NORMALIZED = 2 ** 16;

/** Fraction bits of the variance, of a normalised number, and of gamma. */
export const NORMALIZE_BITS = { variance: 14, normalised: 20, gamma: 30 } as const;

export const normalizeS8: Kernel<NormalizeS8> = {
  signature: {
    about: `Normalisation of each group of each image by its mean (if centred) and variance, then gamma (Q30) and beta (Q20) for each channel of it. input, output: [batch][positions][groups][channels].`,
    params: {
      batch: RANGE.count,
      positions: [1, MOST_NORMALIZED],
      groups: RANGE.count,
      channels: [1, MOST_NORMALIZED],
      centred: RANGE.flag,
      epsilon: RANGE.size,
      epsilonShift: [0, 31],
      ...requantizationParams,
      multiplier: RANGE.multiplier,
      shift: RANGE.shift,
    },
    operands: [
      input('input', 'int8', ['batch', 'positions', 'groups', 'channels']),
      constant('gamma', 'int32', ['groups', 'channels']),
      constant('beta', 'int32', ['groups', 'channels']),
      output('output', 'int8', ['batch', 'positions', 'groups', 'channels']),
    ],
    rule: 'normalize',
    inPlace: [0],
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [gamma, beta] = constants as [Int32Array, Int32Array];
    const [y] = outputs as [Int8Array];
    const count = p.positions * p.channels;
    for (let image = 0; image < p.batch; image++) {
      for (let group = 0; group < p.groups; group++) {
        const at = (position: number, channel: number): number =>
          ((image * p.positions + position) * p.groups + group) * p.channels + channel;
        let [sum, squares] = [0, 0];
        for (let position = 0; position < p.positions; position++) {
          for (let channel = 0; channel < p.channels; channel++) {
            const value = x[at(position, channel)]! + p.inputOffset;
            sum += value;
            squares += value * value;
          }
        }
        // count^2 times mean and variance, exactly.
        const mean = p.centred === 1 ? sum : 0;
        const variance = BigInt(count) * BigInt(squares) - BigInt(mean) ** 2n;
        const { reciprocal, right } = reciprocalRoot(
          (variance << 14n) + (BigInt(p.epsilon) << BigInt(p.epsilonShift)),
        );
        for (let position = 0; position < p.positions; position++) {
          for (let channel = 0; channel < p.channels; channel++) {
            const i = at(position, channel);
            const difference = BigInt(count * (x[i]! + p.inputOffset) - mean);
            const normalised = roundedShift(difference * reciprocal, right);
            const c = group * p.channels + channel;
            const scaled = Number(roundedShift(normalised * BigInt(gamma[c]!), 30n));
            const value = requantize((scaled + beta[c]!) | 0, p.multiplier, p.shift) + p.outputOffset;
            y[i] = clamp(value, p.actMin, p.actMax);
          }
        }
      }
    }
  },
};

/**
 * 2^27 / sqrt(x) as reciprocal / 2^right, reciprocal in [2^30, 2^31): the root of x, shifted left by pairs of bits until it is
 * at least 2^62, without its fraction, which divides 2^62. Off by less than 2^-29 of itself. 0 for x = 0.
 */
export function reciprocalRoot(x: bigint): { readonly reciprocal: bigint; readonly right: bigint } {
  if (x === 0n) return { reciprocal: 0n, right: 1n };
  let pairs = 0n;
  while (x << (2n * pairs) < 1n << 62n) pairs++;
  const reciprocal = (1n << 62n) / rootOf(x << (2n * pairs));
  return { reciprocal: reciprocal > 2n ** 31n - 1n ? 2n ** 31n - 1n : reciprocal, right: 35n - pairs };
}

/** floor(sqrt(x)) for x in [2^62, 2^64), bit by bit. */
function rootOf(x: bigint): bigint {
  let root = 0n;
  for (let bit = 1n << 31n; bit > 0n; bit >>= 1n) if ((root + bit) ** 2n <= x) root += bit;
  return root;
}

/** x / 2^bits rounded to the nearest, ties up. */
export function roundedShift(x: bigint, bits: bigint): bigint {
  return (x + (1n << (bits - 1n))) >> bits;
}
