import type { Kernel, StepOf } from '../types.ts';

export type AddBiasF32Params = { readonly size: number; readonly biasSize: number };

/**
 * y = x + bias[i mod biasSize] in float32: channels, or positions times channels.
 * inputs [x float32, bias float32 [biasSize]], outputs [y float32 (may lie on x)].
 */
export type AddBiasF32 = StepOf<'add_bias_f32', AddBiasF32Params>;

export const addBiasF32: Kernel<AddBiasF32> = {
  paramNames: ['size', 'biasSize'],
  run({ params: p }, { inputs, outputs }) {
    const [x, bias] = inputs as [Float32Array, Float32Array];
    const [y] = outputs as [Float32Array];
    for (let i = 0; i < p.size; i++) y[i] = Math.fround(x[i]! + bias[i % p.biasSize]!);
  },
  scratchBytes: () => 0,
  inPlace: () => [[0, 0]],
  macs: () => 0,
};
