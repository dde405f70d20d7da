/** Gradients back through pooling. */
import { input, type Kernel, output } from '../signature.ts';
import type { ProgramArray, StepOf } from '../types.ts';
import {
  type AvgPool2dShape,
  avgPool2dParams,
  type MaxPool2dShape,
  maxPool2dParams,
  POOL2D,
} from './common.ts';
import { eachWindow } from './windows.ts';

/**
 * dL/dx from dL/dy of a maximum pooling: every g is added to the first element of its window that equals the maximum, in
 * the order of the outputs. inputs [x int8 NHWC, y int8 NHWC, g float32 like y], outputs [dx float32 like x].
 */
export type MaxPool2dGradientS8 = StepOf<'max_pool2d_gradient_s8', MaxPool2dShape>;

/** The same of float32 x and y. */
export type MaxPool2dGradientF32 = StepOf<'max_pool2d_gradient_f32', MaxPool2dShape>;

/**
 * dL/dx from dL/dy of an average pooling: every g, divided by the positions that its mean counted (in float32), is added
 * to each element of its window, in the order of the outputs. inputs [g float32 NHWC], outputs [dx float32 NHWC].
 */
export type AvgPool2dGradientF32 = StepOf<'avg_pool2d_gradient_f32', AvgPool2dShape>;

function maxPoolGradient(
  p: MaxPool2dShape,
  x: ProgramArray,
  y: ProgramArray,
  g: Float32Array,
  dx: Float32Array,
): void {
  dx.fill(0);
  eachWindow(p, (output, inside) => {
    const winner = inside.find((at) => x[at] === y[output]);
    if (winner !== undefined) dx[winner] = dx[winner]! + g[output]!;
  });
}

export const maxPool2dGradientS8: Kernel<MaxPool2dGradientS8> = {
  signature: {
    about: `Back through a maximum pooling: every gradient is added to the first element of its window that equals the maximum.`,
    params: maxPool2dParams,
    operands: [
      input('input', 'int8', POOL2D.input),
      input('output', 'int8', POOL2D.output),
      input('gradient', 'float32', POOL2D.output),
      output('inputGradient', 'float32', POOL2D.input),
    ],
    rule: 'max_pool2d',
    split: { by: 'images', operands: ['sliced', 'sliced', 'sliced', 'sliced'] },
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, outputs }) {
    const [x, y, g] = inputs as [Int8Array, Int8Array, Float32Array];
    maxPoolGradient(p, x, y, g, outputs[0] as Float32Array);
  },
};

export const maxPool2dGradientF32: Kernel<MaxPool2dGradientF32> = {
  signature: {
    about: `Back through a maximum pooling: every gradient is added to the first element of its window that equals the maximum.`,
    params: maxPool2dParams,
    operands: [
      input('input', 'float32', POOL2D.input),
      input('output', 'float32', POOL2D.output),
      input('gradient', 'float32', POOL2D.output),
      output('inputGradient', 'float32', POOL2D.input),
    ],
    rule: 'max_pool2d',
    split: { by: 'images', operands: ['sliced', 'sliced', 'sliced', 'sliced'] },
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, outputs }) {
    const [x, y, g] = inputs as [Float32Array, Float32Array, Float32Array];
    maxPoolGradient(p, x, y, g, outputs[0] as Float32Array);
  },
};

export const avgPool2dGradientF32: Kernel<AvgPool2dGradientF32> = {
  signature: {
    about: `Back through an average pooling: every gradient, divided by what its mean counted, is added to its whole window.`,
    params: avgPool2dParams,
    operands: [input('gradient', 'float32', POOL2D.output), output('inputGradient', 'float32', POOL2D.input)],
    rule: 'avg_pool2d',
    split: { by: 'images', operands: ['sliced', 'sliced'] },
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, outputs }) {
    const [g] = inputs as [Float32Array];
    const [dx] = outputs as [Float32Array];
    dx.fill(0);
    eachWindow(p, (output, inside) => {
      const count = p.countIncludePad === 1 ? p.kernelH * p.kernelW : inside.length;
      const share = Math.fround(g[output]! / count);
      for (const at of inside) dx[at] = dx[at]! + share;
    });
  },
};
