import { requantize } from '../../numbers/fixed-point.ts';
import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp, type Requantization, requantizationParams } from './common.ts';

type LrnS8Params = Requantization & {
  readonly positions: number;
  readonly channels: number;
  /** Neighbours on either side whose squares count. */
  readonly before: number;
  readonly after: number;
  /** What is raised to a power: alpha * squares + (bias << biasShift). */
  readonly alpha: number;
  readonly bias: number;
  readonly biasShift: number;
};

/**
 * Local response normalisation: x times (alpha * squares + bias)^-beta. inputs [x [positions][channels]], outputs [y];
 * constants: mantissas [257]: (1 + i / 256)^-beta as Q30; multiplier, shift [64]: by the exponent of what is raised, from Q22 to
 * the output.
 */
export type LrnS8 = StepOf<'lrn_s8', LrnS8Params>;

/** Steps of the table of mantissas, and numbers of exponents. */
export const LRN_TABLE = { mantissas: 257, exponents: 64 } as const;

/** More channels could leave 32 bits with their squares. */
export const MOST_LRN_CHANNELS = 2 ** 16;

export const lrnS8: Kernel<LrnS8> = {
  signature: {
    about: `Local response normalisation over channels: the power of the sum of squares is a mantissa, interpolated in a table, and a multiplier for its exponent. input, output: [positions][channels].`,
    params: {
      positions: RANGE.count,
      channels: [1, MOST_LRN_CHANNELS],
      before: [0, MOST_LRN_CHANNELS],
      after: [0, MOST_LRN_CHANNELS],
      alpha: RANGE.size,
      bias: RANGE.size,
      biasShift: [0, 31],
      ...requantizationParams,
    },
    operands: [
      input('input', 'int8', ['positions', 'channels']),
      constant('mantissas', 'int32', [LRN_TABLE.mantissas]),
      constant('multiplier', 'int32', [LRN_TABLE.exponents], 'multipliers'),
      constant('shift', 'int32', [LRN_TABLE.exponents], 'shifts'),
      output('output', 'int8', ['positions', 'channels']),
    ],
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [mantissas, multiplier, shift] = constants as [Int32Array, Int32Array, Int32Array];
    const [y] = outputs as [Int8Array];
    for (let position = 0; position < p.positions; position++) {
      const real = (channel: number): number => x[position * p.channels + channel]! + p.inputOffset;
      for (let channel = 0; channel < p.channels; channel++) {
        let squares = 0;
        const last = Math.min(channel + p.after, p.channels - 1);
        for (let c = Math.max(channel - p.before, 0); c <= last; c++) squares += real(c) ** 2;
        const sum = BigInt(p.alpha) * BigInt(squares) + (BigInt(p.bias) << BigInt(p.biasShift));
        const base = sum === 0n ? 1n : sum;
        const exponent = base.toString(2).length - 1;
        /** The 24 bits behind the leading one. */
        const fraction = Number(((base << 24n) >> BigInt(exponent)) & 0xffffffn);
        const [step, part] = [fraction >> 16, fraction & 0xffff];
        const slope = BigInt(mantissas[step + 1]! - mantissas[step]!);
        const mantissa = mantissas[step]! + Number((slope * BigInt(part)) >> 16n);
        const product = Number((BigInt(real(channel)) * BigInt(mantissa) + 128n) >> 8n) | 0;
        const value = requantize(product, multiplier[exponent]!, shift[exponent]!) + p.outputOffset;
        y[position * p.channels + channel] = clamp(value, p.actMin, p.actMax);
      }
    }
  },
};
