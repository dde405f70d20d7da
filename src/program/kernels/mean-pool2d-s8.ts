import { requantize } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import {
  clamp,
  type MaxPool2dShape,
  maxPool2dParams,
  POOL2D,
  type Requantization,
  requantizationParams,
} from './common.ts';
import { eachWindow } from './windows.ts';

/** 1 / (positions of a window) * input scale / output scale = multiplier * 2^(shift - 31). */
type MeanPool2dS8Params = MaxPool2dShape &
  Requantization & { readonly multiplier: number; readonly shift: number };

/**
 * Average pooling into a scale of its own, rounded once: what a depthwise convolution with weights 1 computes. Positions in
 * the padding are real zeros. inputs [x NHWC], outputs [y NHWC].
 */
export type MeanPool2dS8 = StepOf<'mean_pool2d_s8', MeanPool2dS8Params>;

export const meanPool2dS8: Kernel<MeanPool2dS8> = {
  signature: {
    about: `Average into a scale of its own: the sum of input + input_offset over the window, in which the padding is zero, times multiplier and shift, which hold the number of positions too.`,
    params: {
      ...maxPool2dParams,
      ...requantizationParams,
      multiplier: RANGE.multiplier,
      shift: RANGE.shift,
    },
    operands: [input('input', 'int8', POOL2D.input), output('output', 'int8', POOL2D.output)],
    rule: 'max_pool2d',
    vector: 'simd',
  },

  run({ params: p }, { inputs, outputs }) {
    const [x] = inputs as [Int8Array];
    const [y] = outputs as [Int8Array];
    eachWindow(p, (output, inside) => {
      const sum = inside.reduce((total, at) => total + x[at]! + p.inputOffset, 0);
      y[output] = clamp(requantize(sum, p.multiplier, p.shift) + p.outputOffset, p.actMin, p.actMax);
    });
  },
};
