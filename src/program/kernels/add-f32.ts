import type { Kernel, StepOf } from '../types.ts';
import { bounded } from './common.ts';

export type AddF32Params = { readonly size: number };

/** Elementwise float32 sum. inputs [a, b] of equal shape, constants [bounds], outputs [y]; y may lie on a or on b. */
export type AddF32 = StepOf<'add_f32', AddF32Params>;

export const addF32: Kernel<AddF32> = {
  paramNames: ['size'],
  run({ params: p }, { inputs, constants, outputs }) {
    const [a, b] = inputs as [Float32Array, Float32Array];
    const [bounds] = constants as [Float32Array];
    const [y] = outputs as [Float32Array];
    for (let i = 0; i < p.size; i++) y[i] = bounded(Math.fround(a[i]! + b[i]!), bounds);
  },
  scratchBytes: () => 0,
  inPlace: () => [
    [0, 0],
    [1, 0],
  ],
  macs: () => 0,
};
