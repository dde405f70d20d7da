import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp, type MaxPool2dShape, maxPool2dParams, POOL2D } from './common.ts';
import { eachWindow } from './windows.ts';

type MaxPool2dS8Params = MaxPool2dShape & { readonly actMin: number; readonly actMax: number };

/** Maximum pooling over the valid window, equal scales in and out. inputs [x NHWC], outputs [y NHWC]. */
export type MaxPool2dS8 = StepOf<'max_pool2d_s8', MaxPool2dS8Params>;

export const maxPool2dS8: Kernel<MaxPool2dS8> = {
  signature: {
    about: `Maximum over the valid window. Equal scales in and out.`,
    params: { ...maxPool2dParams, actMin: RANGE.code, actMax: RANGE.code },
    operands: [input('input', 'int8', POOL2D.input), output('output', 'int8', POOL2D.output)],
    rule: 'max_pool2d',
    overlap: 'max_pool2d',
    split: { by: 'images', operands: ['sliced', 'sliced'] },
    vector: 'simd',
  },

  run({ params: p }, { inputs, outputs }) {
    const [x] = inputs as [Int8Array];
    const [y] = outputs as [Int8Array];
    eachWindow(p, (output, inside) => {
      const best = inside.reduce((most, at) => Math.max(most, x[at]!), -128);
      y[output] = clamp(best, p.actMin, p.actMax);
    });
  },
};
