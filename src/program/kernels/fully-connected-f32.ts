import { fusedMultiplyAdd } from '../../numbers/fused-multiply-add.ts';
import type { Kernel, StepOf } from '../types.ts';
import { bounded } from './common.ts';

export type FullyConnectedF32Params = {
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
  paramNames: ['rows', 'inFeatures', 'outFeatures'],

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

  scratchBytes: () => 0,
  inPlace: () => [],
  macs: ({ params: p }) => p.rows * p.inFeatures * p.outFeatures,
};
