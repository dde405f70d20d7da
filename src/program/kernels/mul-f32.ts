import type { Kernel, StepOf } from '../types.ts';
import { bounded, type MulShape, mulInPlace } from './common.ts';

/**
 * Elementwise float32 product.
 * inputs [a [outer][channels], b [outer / repeat][channels]], constants [bounds], outputs [y [outer][channels]].
 */
export type MulF32 = StepOf<'mul_f32', MulShape>;

export const mulF32: Kernel<MulF32> = {
  paramNames: ['outer', 'channels', 'repeat'],
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
  scratchBytes: () => 0,
  inPlace: ({ params }) => mulInPlace(params),
  macs: () => 0,
};
