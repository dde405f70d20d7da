import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { between, roundNearest, setQuantizer } from './quantizer.ts';

type EncodeWeightsS8Params = {
  /** Rows with a scale of their own (output channels), or 1 for one scale of the whole tensor. */
  readonly rows: number;
  readonly columns: number;
  /** Greatest code, in [1, 127]. */
  readonly limit: number;
};

/**
 * Weights to symmetric codes: scale = greatest magnitude of the row / limit, code = round(w / scale), halves to even.
 * A row of zeros gets scale 1. inputs [w float32 [rows][columns]], outputs [codes int8, scale float32 [rows]].
 */
export type EncodeWeightsS8 = StepOf<'encode_weights_s8', EncodeWeightsS8Params>;

export const encodeWeightsS8: Kernel<EncodeWeightsS8> = {
  signature: {
    about: `Weights to symmetric codes: scale = greatest magnitude of the row / limit, 1 in a row of zeros; output = round(input / scale). input and output [rows][columns], scale [rows].`,
    params: { rows: RANGE.count, columns: RANGE.count, limit: RANGE.limit },
    operands: [
      input('input', 'float32', ['rows', 'columns']),
      output('output', 'int8', ['rows', 'columns']),
      output('scale', 'float32', ['rows']),
    ],
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, outputs }) {
    const [w] = inputs as [Float32Array];
    const [codes, scale] = outputs as [Int8Array, Float32Array];
    const quantizer = new Float32Array(4);
    for (let row = 0; row < p.rows; row++) {
      let most = 0;
      for (let i = row * p.columns; i < (row + 1) * p.columns; i++) {
        const magnitude = Math.abs(w[i]!);
        if (magnitude > most) most = magnitude;
      }
      setQuantizer(quantizer, Math.fround(most / p.limit), 0);
      scale[row] = quantizer[0]!;
      for (let i = row * p.columns; i < (row + 1) * p.columns; i++) {
        codes[i] = roundNearest(between(Math.fround(w[i]! * quantizer[1]!), -p.limit, p.limit));
      }
    }
  },
};
