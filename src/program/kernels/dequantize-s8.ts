import type { Kernel, StepOf } from '../types.ts';

export type DequantizeS8Params = { readonly size: number; readonly zeroPoint: number };

/** y = (x - zeroPoint) * scale in float32. inputs [x int8], constants [scale: one float32], outputs [y float32]. */
export type DequantizeS8 = StepOf<'dequantize_s8', DequantizeS8Params>;

export const dequantizeS8: Kernel<DequantizeS8> = {
  paramNames: ['size', 'zeroPoint'],
  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [scale] = constants as [Float32Array];
    const [y] = outputs as [Float32Array];
    for (let i = 0; i < p.size; i++) y[i] = (x[i]! - p.zeroPoint) * scale[0]!;
  },
  scratchBytes: () => 0,
  inPlace: () => [],
  macs: () => 0,
};
