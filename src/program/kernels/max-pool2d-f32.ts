import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { type MaxPool2dShape, maxPool2dParams, POOL2D } from './common.ts';
import { eachWindow } from './windows.ts';

/**
 * Maximum pooling of float32 over the valid window, by row and column from -Infinity: of equal numbers (zeros) the first,
 * NaN where there is one. inputs [x NHWC], outputs [y NHWC].
 */
export type MaxPool2dF32 = StepOf<'max_pool2d_f32', MaxPool2dShape>;

export const maxPool2dF32: Kernel<MaxPool2dF32> = {
  signature: {
    about: `Maximum over the valid window, by row and column from -infinity: the first of equal numbers, NaN where there is one.`,
    params: maxPool2dParams,
    operands: [input('input', 'float32', POOL2D.input), output('output', 'float32', POOL2D.output)],
    rule: 'max_pool2d',
    split: { by: 'images', operands: ['sliced', 'sliced'] },
    vector: 'simd-f32',
  },

  run({ params: p }, { inputs, outputs }) {
    const [x] = inputs as [Float32Array];
    const [y] = outputs as [Float32Array];
    eachWindow(p, (output, inside) => {
      y[output] = inside.reduce(
        (best, at) => (x[at]! > best || Number.isNaN(x[at]!) ? x[at]! : best),
        Number.NEGATIVE_INFINITY,
      );
    });
  },
};
