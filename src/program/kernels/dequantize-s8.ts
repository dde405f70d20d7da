import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

type DequantizeS8Params = { readonly size: number; readonly zeroPoint: number };

/** y = (x - zeroPoint) * scale in float32. inputs [x int8], constants [scale: one float32], outputs [y float32]. */
export type DequantizeS8 = StepOf<'dequantize_s8', DequantizeS8Params>;

export const dequantizeS8: Kernel<DequantizeS8> = {
  signature: {
    about: `output = (input - zero_point) * scale in float32. scale: one float.`,
    params: { size: RANGE.size, zeroPoint: RANGE.code },
    operands: [
      input('input', 'int8', ['size']),
      constant('scale', 'float32', [1]),
      output('output', 'float32', ['size']),
    ],
    overlap: 'dequantize_s8',
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [scale] = constants as [Float32Array];
    const [y] = outputs as [Float32Array];
    for (let i = 0; i < p.size; i++) y[i] = (x[i]! - p.zeroPoint) * scale[0]!;
  },
};
