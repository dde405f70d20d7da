import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { emptyExtent, extend, QUANTIZER, realOf, settleExtent } from './quantizer.ts';

/**
 * Sum of two tensors that are kept as codes: y = real(a) + real(b) in float32, and the least and the greatest y.
 * inputs [a int8, quantiser of a, b int8, quantiser of b], outputs [y float32, extent float32 [2]].
 */
export type AddCodesF32 = StepOf<'add_codes_f32', { readonly size: number }>;

export const addCodesF32: Kernel<AddCodesF32> = {
  signature: {
    about: `output = real(a) + real(b), and its extent.`,
    params: { size: RANGE.size },
    operands: [
      input('a', 'int8', ['size']),
      input('quantizerA', 'float32', [QUANTIZER.length]),
      input('b', 'int8', ['size']),
      input('quantizerB', 'float32', [QUANTIZER.length]),
      output('output', 'float32', ['size']),
      output('extent', 'float32', [2]),
    ],
    split: { by: 'elements', operands: ['sliced', 'shared', 'sliced', 'shared', 'sliced', 'extent'] },
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, outputs }) {
    const [a, ofA, b, ofB] = inputs as [Int8Array, Float32Array, Int8Array, Float32Array];
    const [y, extent] = outputs as [Float32Array, Float32Array];
    emptyExtent(extent);
    for (let i = 0; i < p.size; i++) {
      y[i] = Math.fround(realOf(a[i]!, ofA) + realOf(b[i]!, ofB));
      extend(extent, y[i]!);
    }
    settleExtent(extent);
  },
};
