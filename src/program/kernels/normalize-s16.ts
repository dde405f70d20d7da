import { requantize } from '../../numbers/fixed-point.ts';
import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp, type Limits16, limits16 } from './common.ts';
import { MOST_NORMALIZED, NORMALIZE_BITS, reciprocalRoot, roundedShift } from './normalize-s8.ts';

type NormalizeS16Params = Limits16 & {
  readonly batch: number;
  readonly positions: number;
  readonly groups: number;
  readonly channels: number;
  /** 1: less the mean (layer, instance and group normalisation); 0: not (RMS normalisation). */
  readonly centred: number;
  /** epsilon * count^2 / inputScale^2 = epsilon << epsilonShift. */
  readonly epsilon: number;
  readonly epsilonShift: number;
  /** From 2^-20 of the unit of gamma to the output. */
  readonly multiplier: number;
  readonly shift: number;
};

/** As normalize_s8, of int16 codes: inputs [x [batch][positions][groups][channels]], constants [gamma, beta], outputs [y]. */
export type NormalizeS16 = StepOf<'normalize_s16', NormalizeS16Params>;

const SHAPE = ['batch', 'positions', 'groups', 'channels'];

export const normalizeS16: Kernel<NormalizeS16> = {
  signature: {
    about: `normalize_s8 of int16 codes, which have zero point 0.`,
    params: {
      batch: RANGE.count,
      positions: [1, MOST_NORMALIZED],
      groups: RANGE.count,
      channels: [1, MOST_NORMALIZED],
      centred: RANGE.flag,
      epsilon: RANGE.size,
      epsilonShift: [0, 31],
      multiplier: RANGE.multiplier,
      shift: RANGE.shift,
      ...limits16,
    },
    operands: [
      input('input', 'int16', SHAPE),
      constant('gamma', 'int32', ['groups', 'channels']),
      constant('beta', 'int32', ['groups', 'channels']),
      output('output', 'int16', SHAPE),
    ],
    rule: 'normalize',
    inPlace: [0],
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int16Array];
    const [gamma, beta] = constants as [Int32Array, Int32Array];
    const [y] = outputs as [Int16Array];
    const count = p.positions * p.channels;
    for (let image = 0; image < p.batch; image++) {
      for (let group = 0; group < p.groups; group++) {
        const at = (position: number, channel: number): number =>
          ((image * p.positions + position) * p.groups + group) * p.channels + channel;
        const codes = Array.from(
          { length: count },
          (_, i) => x[at(Math.floor(i / p.channels), i % p.channels)]!,
        );
        const sum = codes.reduce((total, code) => total + code, 0);
        const squares = codes.reduce((total, code) => total + code * code, 0);
        // count^2 times mean and variance, exactly.
        const mean = p.centred === 1 ? sum : 0;
        const variance = BigInt(count) * BigInt(squares) - BigInt(mean) ** 2n;
        const root = reciprocalRoot(variance + (BigInt(p.epsilon) << BigInt(p.epsilonShift)));
        // Of a variance without bits behind the point.
        const right = root.right + BigInt(NORMALIZE_BITS.variance / 2);
        codes.forEach((code, i) => {
          const normalised = roundedShift(BigInt(count * code - mean) * root.reciprocal, right);
          const c = group * p.channels + (i % p.channels);
          const scaled = Number(roundedShift(normalised * BigInt(gamma[c]!), 30n));
          const value = requantize((scaled + beta[c]!) | 0, p.multiplier, p.shift);
          y[at(Math.floor(i / p.channels), i % p.channels)] = clamp(value, p.actMin, p.actMax);
        });
      }
    }
  },
};
