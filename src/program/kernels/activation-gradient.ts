/** Gradients back through a bounding activation (Relu, Clip): they pass where the output lies inside the bounds. */
import { constant, input, type Kernel, output, RANGE, update } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { codeOf, emptyExtent, extend, QUANTIZER, settleExtent } from './quantizer.ts';

type Params = { readonly size: number };

const sizeParams = { size: RANGE.size } as const;

/**
 * dL/dx from dL/dy where y = bound(x) was kept as codes: g stays where the code lies strictly between those of the bounds,
 * else it becomes 0; and the extent of what stays. The code of an infinite bound lies beyond all codes.
 * inputs [y int8, quantiser of y], constants [bounds float32 [2]],
 * outputs [g float32 (read and written), extent float32 [2]].
 */
export type ActivationGradientS8 = StepOf<'activation_gradient_s8', Params>;

/** The same where y was kept in float32. inputs [y float32], constants [bounds], outputs [g, extent]. */
export type ActivationGradientF32 = StepOf<'activation_gradient_f32', Params>;

export const activationGradientS8: Kernel<ActivationGradientS8> = {
  signature: {
    about: `Back through a bounding activation: the gradient (updated) stays where the value lies strictly between the bounds (of codes: between the codes of the bounds), else it becomes 0; and the extent of what stays.`,
    params: sizeParams,
    operands: [
      input('values', 'int8', ['size']),
      input('quantizer', 'float32', [QUANTIZER.length]),
      constant('bounds', 'float32', [2], 'bounds'),
      update('gradient', 'float32', ['size']),
      output('extent', 'float32', [2]),
    ],
    split: { by: 'elements', operands: ['sliced', 'shared', 'shared', 'sliced', 'extent'] },
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [y, quantizer] = inputs as [Int8Array, Float32Array];
    const [bounds] = constants as [Float32Array];
    const [g, extent] = outputs as [Float32Array, Float32Array];
    const low = codeOf(bounds[0]!, quantizer, -129, 128);
    const high = codeOf(bounds[1]!, quantizer, -129, 128);
    emptyExtent(extent);
    for (let i = 0; i < p.size; i++) {
      if (y[i]! <= low || y[i]! >= high) g[i] = 0;
      extend(extent, g[i]!);
    }
    settleExtent(extent);
  },
};

export const activationGradientF32: Kernel<ActivationGradientF32> = {
  signature: {
    about: `Back through a bounding activation: the gradient (updated) stays where the value lies strictly between the bounds (of codes: between the codes of the bounds), else it becomes 0; and the extent of what stays.`,
    params: sizeParams,
    operands: [
      input('values', 'float32', ['size']),
      constant('bounds', 'float32', [2], 'bounds'),
      update('gradient', 'float32', ['size']),
      output('extent', 'float32', [2]),
    ],
    split: { by: 'elements', operands: ['sliced', 'shared', 'sliced', 'extent'] },
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [y] = inputs as [Float32Array];
    const [bounds] = constants as [Float32Array];
    const [g, extent] = outputs as [Float32Array, Float32Array];
    emptyExtent(extent);
    for (let i = 0; i < p.size; i++) {
      if (y[i]! <= bounds[0]! || y[i]! >= bounds[1]!) g[i] = 0;
      extend(extent, g[i]!);
    }
    settleExtent(extent);
  },
};
