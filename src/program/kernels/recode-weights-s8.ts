import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { decodeWeightsS8 } from './decode-weights-s8.ts';
import { encodeWeightsS8 } from './encode-weights-s8.ts';

type RecodeWeightsS8Params = {
  /** Rows with a scale of their own in the input. */
  readonly rows: number;
  readonly columns: number;
  /** Greatest code, in [1, 127]. */
  readonly limit: number;
};

/**
 * Codes of weights with a scale for each row as codes with one scale for all: decode_weights_s8, then encode_weights_s8 of one row. No number in float32 is kept.
 * inputs [codes int8 [rows][columns], scale float32 [rows]], outputs [codes int8 [rows][columns], scale float32 [1]].
 */
export type RecodeWeightsS8 = StepOf<'recode_weights_s8', RecodeWeightsS8Params>;

export const recodeWeightsS8: Kernel<RecodeWeightsS8> = {
  signature: {
    about: `Codes with a scale for each row as codes with one scale for all: decode_weights_s8, then encode_weights_s8 of one row.`,
    params: { rows: RANGE.count, columns: RANGE.count, limit: RANGE.limit },
    operands: [
      input('input', 'int8', ['rows', 'columns']),
      input('scale', 'float32', ['rows']),
      output('output', 'int8', ['rows', 'columns']),
      output('outputScale', 'float32', [1]),
    ],
  },
  run({ name, params: { rows, columns, limit } }, { inputs, outputs }) {
    const nothing = { name, inputs: [], constants: [], outputs: [] };
    const weights = new Float32Array(rows * columns);
    decodeWeightsS8.run(
      { ...nothing, kernel: 'decode_weights_s8', params: { rows, columns } },
      { inputs, constants: [], outputs: [weights] },
    );
    encodeWeightsS8.run(
      { ...nothing, kernel: 'encode_weights_s8', params: { rows: 1, columns: rows * columns, limit } },
      { inputs: [weights], constants: [], outputs },
    );
  },
};
