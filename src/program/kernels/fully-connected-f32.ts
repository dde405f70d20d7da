import { fusedMultiplyAdd } from '../../numbers/fused-multiply-add.ts';
import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { bounded } from './common.ts';

type FullyConnectedF32Params = {
  readonly rows: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
};

/**
 * Per output a chain of float32 fused multiply-adds that starts from the bias and goes by input feature.
 * inputs [x [rows][in]], constants [weights [out][in], bias, bounds], outputs [y [rows][out]].
 */
export type FullyConnectedF32 = StepOf<'fully_connected_f32', FullyConnectedF32Params>;

export const fullyConnectedF32: Kernel<FullyConnectedF32> = {
  signature: {
    about: `rows x in_features times [out_features][in_features], in float32.`,
    params: { rows: RANGE.count, inFeatures: RANGE.count, outFeatures: RANGE.count },
    operands: [
      input('input', 'float32', ['rows', 'inFeatures']),
      constant('weights', 'float32', ['outFeatures', 'inFeatures']),
      constant('bias', 'float32', ['outFeatures']),
      constant('bounds', 'float32', [2], 'bounds'),
      output('output', 'float32', ['rows', 'outFeatures']),
    ],
    macs: ['rows', 'inFeatures', 'outFeatures'],
    vector: 'simd-f32',
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Float32Array];
    const [weights, bias, bounds] = constants as [Float32Array, Float32Array, Float32Array];
    const [y] = outputs as [Float32Array];
    const { inFeatures } = p;
    for (let row = 0; row < p.rows; row++) {
      for (let o = 0; o < p.outFeatures; o++) {
        let acc = bias[o]!;
        for (let i = 0; i < inFeatures; i++) {
          acc = fusedMultiplyAdd(x[row * inFeatures + i]!, weights[o * inFeatures + i]!, acc);
        }
        y[row * p.outFeatures + o] = bounded(acc, bounds);
      }
    }
  },
};
