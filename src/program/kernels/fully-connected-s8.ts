import { requantize } from '../../numbers/fixed-point.ts';
import { constant, input, type Kernel, output, RANGE, when } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp, type Requantization, requantization, requantizationParams } from './common.ts';

type FullyConnectedS8Params = Requantization & {
  readonly rows: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** 1: one multiplier per output feature; 0: one for all. */
  readonly perChannel: number;
};

/** inputs [x [rows][in]], constants [weights [out][in], bias, multiplier, shift], outputs [y [rows][out]]. */
export type FullyConnectedS8 = StepOf<'fully_connected_s8', FullyConnectedS8Params>;

export const fullyConnectedS8: Kernel<FullyConnectedS8> = {
  signature: {
    about: `rows x in_features times [out_features][in_features].`,
    params: {
      rows: RANGE.count,
      inFeatures: RANGE.count,
      outFeatures: RANGE.count,
      perChannel: RANGE.flag,
      ...requantizationParams,
    },
    operands: [
      input('input', 'int8', ['rows', 'inFeatures']),
      constant('weights', 'int8', ['outFeatures', 'inFeatures']),
      ...requantization(['outFeatures'], [when('perChannel', 1, 'outFeatures', 1)]),
      output('output', 'int8', ['rows', 'outFeatures']),
    ],
    // Of two rows, 16 bits a number: a row alone is read as it is.
    scratch: [when('rows', 1, 0, 4), 'inFeatures'],
    // Sums of weights times the input offset, which the library's vector code wants; none where the bias holds them.
    cmsisScratch: (p, core) => (core.mve && p.inputOffset !== 0 ? 4 * p.outFeatures : 0),
    macs: ['rows', 'inFeatures', 'outFeatures'],
    vector: 'simd',
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
    const [y] = outputs as [Int8Array];
    const { inputOffset, inFeatures } = p;
    for (let row = 0; row < p.rows; row++) {
      for (let o = 0; o < p.outFeatures; o++) {
        let acc = bias[o]!;
        for (let i = 0; i < p.inFeatures; i++) {
          acc = (acc + Math.imul(x[row * inFeatures + i]! + inputOffset, weights[o * inFeatures + i]!)) | 0;
        }
        const q = p.perChannel * o;
        const value = requantize(acc, multiplier[q]!, shift[q]!) + p.outputOffset;
        y[row * p.outFeatures + o] = clamp(value, p.actMin, p.actMax);
      }
    }
  },
};
