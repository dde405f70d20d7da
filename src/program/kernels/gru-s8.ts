import { requantize } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import {
  cellConstants,
  cellMacs,
  hyperbolicTangent,
  int8,
  int16,
  logistic,
  productOf,
  productRow,
  q15,
  RECURRENT,
  type Recurrence,
  recurrence,
  walk,
} from './recurrent.ts';

type GruS8Params = Recurrence & {
  /** 1: the reset gate multiplies what the matrix gives; 0: what it takes. */
  readonly linearBeforeReset: number;
};

/**
 * A GRU in one direction over whole sequences, gates in the order z, r, h (ONNX). inputs [x [steps][batch][inputSize], the state
 * before the first step], constants [`cellConstants`], outputs [y [steps][directions][batch][hidden], the state after the last
 * step]. States are int16 in 2^-15; matrices take them, and outputs give them, as int8.
 */
export type GruS8 = StepOf<'gru_s8', GruS8Params>;

export const gruS8: Kernel<GruS8> = {
  signature: {
    about: `GRU over a sequence, gates z, r, h. Sums become 2^-11, gates 2^-15 by a table and straight lines; states are int16 in 2^-15. output: [steps][directions][batch][hidden], of which one direction is written.`,
    params: { ...recurrence, linearBeforeReset: RANGE.flag },
    operands: [
      input('input', 'int8', RECURRENT.input),
      input('initial_h', 'int16', RECURRENT.state),
      ...cellConstants(3),
      output('output', 'int8', RECURRENT.output),
      output('last_h', 'int16', RECURRENT.state),
    ],
    // The state as int8, and the same times the reset gate.
    scratch: [2, 'hidden'],
    rule: 'recurrent',
    macs: cellMacs(3),
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x, initial] = inputs as [Int8Array, Int16Array];
    const [ofInput, ofState] = [productOf(constants, 0), productOf(constants, 4)];
    const table = constants[8] as Int16Array;
    const [y, states] = outputs as [Int8Array, Int16Array];
    const { hidden } = p;
    const code = (state: number): number =>
      int8(int16(requantize(state, p.hiddenMultiplier, p.hiddenShift)) + p.outputOffset);
    states.set(initial);
    for (const { image, input: from, output: to } of walk(p)) {
      const state = states.slice(image * hidden, (image + 1) * hidden);
      const h = Int8Array.from(state, code);
      const inputRow = (gate: number, j: number): number =>
        productRow(ofInput, gate * hidden + j, x, from, p.inputSize);
      const stateRow = (gate: number, j: number, of: Int8Array): number =>
        productRow(ofState, gate * hidden + j, of, 0, hidden);
      const reset = Int16Array.from(h, (_, j) => logistic(table, inputRow(1, j) + stateRow(1, j, h)));
      const resetState = Int8Array.from(state, (value, j) => code(q15(reset[j]! * value)));
      for (let j = 0; j < hidden; j++) {
        const update = logistic(table, inputRow(0, j) + stateRow(0, j, h));
        const fromState =
          p.linearBeforeReset === 1 ? q15(reset[j]! * int16(stateRow(2, j, h))) : stateRow(2, j, resetState);
        const fresh = hyperbolicTangent(table, inputRow(2, j) + fromState);
        const next = q15(update * state[j]! + (2 ** 15 - update) * fresh);
        states[image * hidden + j] = next;
        y[to + j] = code(next);
      }
    }
  },
};
