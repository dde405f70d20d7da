import { requantize } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import type { Ranges } from './common.ts';
import {
  type Codes,
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
  type WideRecurrence,
  walk,
} from './recurrent.ts';

export type GruCell = {
  /** 1: the reset gate multiplies what the matrix gives; 0: what it takes. */
  readonly linearBeforeReset: number;
};

export const gruCell: Ranges<GruCell> = { linearBeforeReset: RANGE.flag };

/**
 * A GRU in one direction over whole sequences, gates in the order z, r, h (ONNX). inputs [x [steps][batch][inputSize], the state
 * before the first step], constants [`cellConstants`], outputs [y [steps][directions][batch][hidden], the state after the last
 * step]. States are int16 in 2^-15; matrices take them, and outputs give them, as int8.
 */
export type GruS8 = StepOf<'gru_s8', Recurrence & GruCell>;

export const gruS8: Kernel<GruS8> = {
  signature: {
    about: `GRU over a sequence, gates z, r, h. Sums become 2^-11, gates 2^-15 by a table and straight lines; states are int16 in 2^-15. output: [steps][directions][batch][hidden], of which one direction is written.`,
    params: { ...recurrence, ...gruCell },
    operands: [
      input('input', 'int8', RECURRENT.input),
      input('initial_h', 'int16', RECURRENT.state),
      ...cellConstants(3, 'shifts'),
      output('output', 'int8', RECURRENT.output),
      output('last_h', 'int16', RECURRENT.state),
    ],
    // The state as int8, and the same times the reset gate.
    scratch: [2, 'hidden'],
    rule: 'recurrent',
    macs: cellMacs(3),
  },

  run({ params: p }, { inputs, constants, outputs }) {
    runGru(p, inputs, constants, outputs, (state) =>
      int8(int16(requantize(state, p.hiddenMultiplier, p.hiddenShift)) + p.outputOffset),
    );
  },
};

/**
 * A GRU of either type of codes.
 * @param code of a state in 2^-15
 */
export function runGru(
  p: WideRecurrence & GruCell,
  inputs: readonly unknown[],
  constants: readonly unknown[],
  outputs: readonly unknown[],
  code: (state: number) => number,
): void {
  const [x, initial] = inputs as [Codes, Int16Array];
  const [ofInput, ofState] = [productOf(constants, 0), productOf(constants, 4)];
  const table = constants[8] as Int16Array;
  const [y, states] = outputs as [Codes, Int16Array];
  const { hidden } = p;
  const codes = (values: readonly number[]): Codes =>
    x instanceof Int16Array ? Int16Array.from(values, code) : Int8Array.from(values, code);
  states.set(initial);
  for (const { image, input: from, output: to } of walk(p)) {
    const state = [...states.subarray(image * hidden, (image + 1) * hidden)];
    const h = codes(state);
    const inputRow = (gate: number, j: number): number =>
      productRow(ofInput, gate * hidden + j, x, from, p.inputSize);
    const stateRow = (gate: number, j: number, of: Codes): number =>
      productRow(ofState, gate * hidden + j, of, 0, hidden);
    const reset = Int16Array.from(h, (_, j) => logistic(table, inputRow(1, j) + stateRow(1, j, h)));
    const resetState = codes(state.map((value, j) => q15(reset[j]! * value)));
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
}
