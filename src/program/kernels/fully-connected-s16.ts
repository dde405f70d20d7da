import { requantizeWide } from '../../numbers/fixed-point.ts';
import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp, type Limits16, limits16, wideRequantization } from './common.ts';

type FullyConnectedS16Params = Limits16 & {
  readonly rows: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
};

/**
 * Products of int16 activations and int8 weights (TFLite's 16x8): inputs [x [rows][in]], constants [weights [out][in], bias,
 * multiplier, shift], outputs [y [rows][out]].
 */
export type FullyConnectedS16 = StepOf<'fully_connected_s16', FullyConnectedS16Params>;

export const fullyConnectedS16: Kernel<FullyConnectedS16> = {
  signature: {
    about: `rows x in_features of int16 times int8 [out_features][in_features], in 64-bit sums.`,
    params: { rows: RANGE.count, inFeatures: RANGE.count, outFeatures: RANGE.count, ...limits16 },
    operands: [
      input('input', 'int16', ['rows', 'inFeatures']),
      constant('weights', 'int8', ['outFeatures', 'inFeatures']),
      ...wideRequantization(['outFeatures']),
      output('output', 'int16', ['rows', 'outFeatures']),
    ],
    macs: ['rows', 'inFeatures', 'outFeatures'],
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int16Array];
    const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
    const [y] = outputs as [Int16Array];
    for (let row = 0; row < p.rows; row++) {
      for (let o = 0; o < p.outFeatures; o++) {
        let sum = bias[o]!;
        for (let i = 0; i < p.inFeatures; i++) {
          sum += x[row * p.inFeatures + i]! * weights[o * p.inFeatures + i]!;
        }
        y[row * p.outFeatures + o] = clamp(
          requantizeWide(sum, multiplier[o]!, shift[o]!),
          p.actMin,
          p.actMax,
        );
      }
    }
  },
};
