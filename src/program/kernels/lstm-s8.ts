import { requantize } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import type { Ranges } from './common.ts';
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

export type LstmCell = {
  /** From 2^-30 to the codes of the cell state. */
  readonly cellMultiplier: number;
  readonly cellShift: number;
  /** From these codes to 2^-11. */
  readonly tangentMultiplier: number;
  readonly tangentShift: number;
};

export const lstmCell: Ranges<LstmCell> = {
  cellMultiplier: RANGE.multiplier,
  cellShift: RANGE.shift,
  tangentMultiplier: RANGE.multiplier,
  tangentShift: RANGE.shift,
};

/**
 * An LSTM in one direction over whole sequences, gates in the order i, o, f, c (ONNX). inputs [x [steps][batch][inputSize], h, c
 * before the first step], constants [`cellConstants`], outputs [y [steps][directions][batch][hidden], c after the last step].
 * Hidden states are int8, cell states int16 at zero point 0.
 */
export type LstmS8 = StepOf<'lstm_s8', Recurrence & LstmCell>;

export const lstmS8: Kernel<LstmS8> = {
  signature: {
    about: `LSTM over a sequence, gates i, o, f, c. Sums become 2^-11, gates 2^-15 by a table and straight lines; cell states are int16. output: [steps][directions][batch][hidden], of which one direction is written.`,
    params: { ...recurrence, ...lstmCell },
    operands: [
      input('input', 'int8', RECURRENT.input),
      input('initial_h', 'int8', RECURRENT.state),
      input('initial_c', 'int16', RECURRENT.state),
      ...cellConstants(4, 'shifts'),
      output('output', 'int8', RECURRENT.output),
      output('last_c', 'int16', RECURRENT.state),
    ],
    rule: 'recurrent',
    macs: cellMacs(4),
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x, initialH, initialC] = inputs as [Int8Array, Int8Array, Int16Array];
    const [ofInput, ofState] = [productOf(constants, 0), productOf(constants, 4)];
    const table = constants[8] as Int16Array;
    const [y, cells] = outputs as [Int8Array, Int16Array];
    cells.set(initialC);
    for (const { image, input: from, output: to, before } of walk(p)) {
      const [h, at] = before === null ? [initialH, image * p.hidden] : [y, before];
      for (let j = 0; j < p.hidden; j++) {
        const [i, o, f, g] = [0, 1, 2, 3].map(
          (gate) =>
            productRow(ofInput, gate * p.hidden + j, x, from, p.inputSize) +
            productRow(ofState, gate * p.hidden + j, h, at, p.hidden),
        ) as [number, number, number, number];
        const kept = q15(logistic(table, f) * cells[image * p.hidden + j]!);
        const added = requantize(
          logistic(table, i) * hyperbolicTangent(table, g),
          p.cellMultiplier,
          p.cellShift,
        );
        const cell = int16(kept + int16(added));
        cells[image * p.hidden + j] = cell;
        const squashed = hyperbolicTangent(table, requantize(cell, p.tangentMultiplier, p.tangentShift));
        const hidden = requantize(logistic(table, o) * squashed, p.hiddenMultiplier, p.hiddenShift);
        y[to + j] = int8(int16(hidden) + p.outputOffset);
      }
    }
  },
};
