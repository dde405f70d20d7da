import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { QUANTIZER, realOf } from './quantizer.ts';

/** Codes to the real numbers that they stand for. inputs [x int8, quantiser], outputs [y float32]. */
export type DecodeS8 = StepOf<'decode_s8', { readonly size: number }>;

export const decodeS8: Kernel<DecodeS8> = {
  signature: {
    about: `Codes to the real numbers that they stand for.`,
    params: { size: RANGE.size },
    operands: [
      input('input', 'int8', ['size']),
      input('quantizer', 'float32', [QUANTIZER.length]),
      output('output', 'float32', ['size']),
    ],
    split: { by: 'elements', operands: ['sliced', 'shared', 'sliced'] },
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, outputs }) {
    const [x, quantizer] = inputs as [Int8Array, Float32Array];
    const [y] = outputs as [Float32Array];
    for (let i = 0; i < p.size; i++) y[i] = realOf(x[i]!, quantizer);
  },
};
