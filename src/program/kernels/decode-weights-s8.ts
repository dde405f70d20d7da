import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

type DecodeWeightsS8Params = { readonly rows: number; readonly columns: number };

/** w = code * scale of its row, in float32. inputs [codes int8 [rows][columns], scale float32 [rows]], outputs [w float32]. */
export type DecodeWeightsS8 = StepOf<'decode_weights_s8', DecodeWeightsS8Params>;

export const decodeWeightsS8: Kernel<DecodeWeightsS8> = {
  signature: {
    about: `output = input * scale of its row.`,
    params: { rows: RANGE.count, columns: RANGE.count },
    operands: [
      input('input', 'int8', ['rows', 'columns']),
      input('scale', 'float32', ['rows']),
      output('output', 'float32', ['rows', 'columns']),
    ],
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, outputs }) {
    const [codes, scale] = inputs as [Int8Array, Float32Array];
    const [w] = outputs as [Float32Array];
    for (let i = 0; i < p.rows * p.columns; i++) {
      w[i] = Math.fround(codes[i]! * scale[Math.floor(i / p.columns)]!);
    }
  },
};
