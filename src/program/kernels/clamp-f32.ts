import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { bounded } from './common.ts';

type ClampF32Params = { readonly size: number };

/** Values between two bounds; NaN stays. inputs [x], constants [bounds], outputs [y]; y may lie on x. */
export type ClampF32 = StepOf<'clamp_f32', ClampF32Params>;

export const clampF32: Kernel<ClampF32> = {
  signature: {
    about: `Values between two bounds. In place allowed.`,
    params: { size: RANGE.size },
    operands: [
      input('input', 'float32', ['size']),
      constant('bounds', 'float32', [2], 'bounds'),
      output('output', 'float32', ['size']),
    ],
    inPlace: [0],
    split: { by: 'elements', operands: ['sliced', 'shared', 'sliced'] },
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Float32Array];
    const [bounds] = constants as [Float32Array];
    const [y] = outputs as [Float32Array];
    for (let i = 0; i < p.size; i++) y[i] = bounded(x[i]!, bounds);
  },
};
