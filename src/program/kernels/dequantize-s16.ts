import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

type DequantizeS16Params = { readonly size: number };

/** y = x * scale in float32. inputs [x int16], constants [scale: one float32], outputs [y float32]. */
export type DequantizeS16 = StepOf<'dequantize_s16', DequantizeS16Params>;

export const dequantizeS16: Kernel<DequantizeS16> = {
  signature: {
    about: `output = input * scale in float32. scale: one float.`,
    params: { size: RANGE.size },
    operands: [
      input('input', 'int16', ['size']),
      constant('scale', 'float32', [1]),
      output('output', 'float32', ['size']),
    ],
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int16Array];
    const [scale] = constants as [Float32Array];
    const [y] = outputs as [Float32Array];
    for (let i = 0; i < p.size; i++) y[i] = x[i]! * scale[0]!;
  },
};
