import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { emptyExtent, extend, settleExtent } from './quantizer.ts';

/** The least and the greatest value; NaN is passed over. inputs [x float32], outputs [extent float32 [2]]. */
export type ExtentF32 = StepOf<'extent_f32', { readonly size: number }>;

export const extentF32: Kernel<ExtentF32> = {
  signature: {
    about: `The least and the greatest value; NaN is passed over.`,
    params: { size: RANGE.size },
    operands: [input('input', 'float32', ['size']), output('extent', 'float32', [2])],
    split: { by: 'elements', operands: ['sliced', 'extent'] },
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, outputs }) {
    const [x] = inputs as [Float32Array];
    const [extent] = outputs as [Float32Array];
    emptyExtent(extent);
    for (let i = 0; i < p.size; i++) extend(extent, x[i]!);
    settleExtent(extent);
  },
};
