import { constant, input, type Kernel, output, over } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { bounded, type MulShape, mulParams } from './common.ts';

/**
 * Elementwise float32 product.
 * inputs [a [outer][channels], b [outer / repeat][channels]], constants [bounds], outputs [y [outer][channels]].
 */
export type MulF32 = StepOf<'mul_f32', MulShape>;

export const mulF32: Kernel<MulF32> = {
  signature: {
    about: `Elementwise float32 product, shapes as of mul_s8; may run in place on input1, and on input2 when repeat is 1.`,
    params: mulParams,
    operands: [
      input('input1', 'float32', ['outer', 'channels']),
      input('input2', 'float32', [over('outer', 'repeat'), 'channels']),
      constant('bounds', 'float32', [2], 'bounds'),
      output('output', 'float32', ['outer', 'channels']),
    ],
    inPlace: [0, 1],
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [a, b] = inputs as [Float32Array, Float32Array];
    const [bounds] = constants as [Float32Array];
    const [y] = outputs as [Float32Array];
    for (let position = 0; position < p.outer; position++) {
      const row = Math.floor(position / p.repeat);
      for (let c = 0; c < p.channels; c++) {
        const i = position * p.channels + c;
        y[i] = bounded(Math.fround(a[i]! * b[row * p.channels + c]!), bounds);
      }
    }
  },
};
