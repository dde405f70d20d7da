import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { type AvgPool2dShape, avgPool2dParams, POOL2D } from './common.ts';
import { eachWindow } from './windows.ts';

/**
 * Average pooling of float32: the sum of the valid window by row and column from +0, one rounding each, then one
 * division by the number of taps. inputs [x NHWC], outputs [y NHWC].
 */
export type AvgPool2dF32 = StepOf<'avg_pool2d_f32', AvgPool2dShape>;

export const avgPool2dF32: Kernel<AvgPool2dF32> = {
  signature: {
    about: `Average over the valid window, or over the whole window when count_include_pad is 1: float32 additions from +0 by row and column, then one division by the number of taps.`,
    params: avgPool2dParams,
    operands: [input('input', 'float32', POOL2D.input), output('output', 'float32', POOL2D.output)],
    rule: 'avg_pool2d',
    split: { by: 'images', operands: ['sliced', 'sliced'] },
    vector: 'simd-f32',
  },

  run({ params: p }, { inputs, outputs }) {
    const [x] = inputs as [Float32Array];
    const [y] = outputs as [Float32Array];
    eachWindow(p, (output, inside) => {
      const sum = inside.reduce((total, at) => Math.fround(total + x[at]!), 0);
      y[output] = sum / (p.countIncludePad === 1 ? p.kernelH * p.kernelW : inside.length);
    });
  },
};
