import { constant, input, type Kernel, RANGE, update } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { CONTROL } from './optimisers.ts';

/**
 * A share of a gradient, added to those of the steps before it: sum = share * g where sums begin, sum + share * g where they go on.
 * inputs [g float32, control float32 [4]], constants [share: float32 [1]], outputs [sum float32 (updated)].
 */
export type AccumulateF32 = StepOf<'accumulate_f32', { readonly size: number }>;

export const accumulateF32: Kernel<AccumulateF32> = {
  signature: {
    about: `sum (updated) = share * gradient, added to sum unless control[3] is 0.`,
    params: { size: RANGE.size },
    operands: [
      input('gradient', 'float32', ['size']),
      input('control', 'float32', [CONTROL.length]),
      constant('share', 'float32', [1]),
      update('sum', 'float32', ['size']),
    ],
    split: { by: 'elements', operands: ['sliced', 'shared', 'shared', 'sliced'] },
  },
  run({ params: { size } }, { inputs, constants, outputs }) {
    const [g, control] = inputs as [Float32Array, Float32Array];
    const [share] = constants[0] as unknown as [number];
    const [sum] = outputs as [Float32Array];
    for (let i = 0; i < size; i++) {
      const part = Math.fround(share * g[i]!);
      sum[i] = control[CONTROL.goesOn] === 0 ? part : Math.fround(sum[i]! + part);
    }
  },
};
