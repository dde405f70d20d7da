import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

type AddBiasF32Params = { readonly size: number; readonly biasSize: number };

/**
 * y = x + bias[i mod biasSize] in float32: channels, or positions times channels.
 * inputs [x float32, bias float32 [biasSize]], outputs [y float32 (may lie on x)].
 */
export type AddBiasF32 = StepOf<'add_bias_f32', AddBiasF32Params>;

export const addBiasF32: Kernel<AddBiasF32> = {
  signature: {
    about: `output[i] = input[i] + bias[i mod bias_size]. In place allowed.`,
    params: { size: RANGE.size, biasSize: RANGE.count },
    operands: [
      input('input', 'float32', ['size']),
      input('bias', 'float32', ['biasSize']),
      output('output', 'float32', ['size']),
    ],
    inPlace: [0],
    split: { by: 'biases', operands: ['sliced', 'shared', 'sliced'] },
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, outputs }) {
    const [x, bias] = inputs as [Float32Array, Float32Array];
    const [y] = outputs as [Float32Array];
    for (let i = 0; i < p.size; i++) y[i] = Math.fround(x[i]! + bias[i % p.biasSize]!);
  },
};
