import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { bounded } from './common.ts';

type AddF32Params = { readonly size: number };

/** Elementwise float32 sum. inputs [a, b] of equal shape, constants [bounds], outputs [y]; y may lie on a or on b. */
export type AddF32 = StepOf<'add_f32', AddF32Params>;

export const addF32: Kernel<AddF32> = {
  signature: {
    about: `Elementwise float32 sum of two tensors of equal shape; may run in place on either input.`,
    params: { size: RANGE.size },
    operands: [
      input('input1', 'float32', ['size']),
      input('input2', 'float32', ['size']),
      constant('bounds', 'float32', [2], 'bounds'),
      output('output', 'float32', ['size']),
    ],
    inPlace: [0, 1],
    split: { by: 'elements', operands: ['sliced', 'sliced', 'shared', 'sliced'] },
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [a, b] = inputs as [Float32Array, Float32Array];
    const [bounds] = constants as [Float32Array];
    const [y] = outputs as [Float32Array];
    for (let i = 0; i < p.size; i++) y[i] = bounded(Math.fround(a[i]! + b[i]!), bounds);
  },
};
